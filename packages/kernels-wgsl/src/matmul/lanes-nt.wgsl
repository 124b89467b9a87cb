// c[m, n] = sum_k a[m, k] b[n, k]: a [M, K], b [N, K], row-major f32, K and N multiples of 4; z counts batches.
// A workgroup is one subgroup and owns 4*SG rows by HELD*SG columns. A lane keeps 4 rows of a (a vec4 along k of each)
// and holds HELD rows of b, which are broadcast from the lane that holds them. The load count is that of lanes-nn.wgsl.
// Rows past M and columns past N read other values of the buffer; `finish` is not called for them.
enable subgroups;
const SG = 8u;
const HELD = 2u;
const TN = 16u; // HELD * SG

// Sizes and batch strides in vec4. `one` is 1, which compilers cannot know: an unrolled epilogue takes seconds to compile.
struct Params { M: u32, N4: u32, K4: u32, strideA: u32, strideB: u32, one: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;

@compute @workgroup_size(SG)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let n0 = tile.x * TN;
  let m0 = tile.y * 4u * SG + lane;
  let a0 = tile.z * p.strideA;
  let b0 = tile.z * p.strideB;
  var total: array<vec4f, TN>;
  // Sums of 32 values of k are added to a total: see lanes-nn.wgsl.
  for (var block = 0u; block < p.K4; block += 8u) {
  var acc = array<f32, 4u * TN>();
  let end = min(block + 8u, p.K4);
  for (var k4 = block; k4 < end; k4++) {
    var held: array<vec4f, HELD>;
    // unroll
    for (var j = 0u; j < HELD; j++) {
      held[j] = b[b0 + (n0 + j * SG + lane) * p.K4 + k4];
    }
    let at = a0 + m0 * p.K4 + k4;
    let r0 = a[at];
    let r1 = a[at + SG * p.K4];
    let r2 = a[at + 2u * SG * p.K4];
    let r3 = a[at + 3u * SG * p.K4];
    // unroll
    for (var j = 0u; j < TN; j++) {
      let s = subgroupShuffle(held[j / SG], j % SG);
      acc[j] += dot(r0, s);
      acc[TN + j] += dot(r1, s);
      acc[2u * TN + j] += dot(r2, s);
      acc[3u * TN + j] += dot(r3, s);
    }
  }
  // unroll
  for (var i = 0u; i < TN; i++) {
    total[i] += vec4f(acc[4u * i], acc[4u * i + 1u], acc[4u * i + 2u], acc[4u * i + 3u]);
  }
  }
  // Through a second array, which a variable may index, so that the epilogue is compiled once.
  var results: array<vec4f, TN>;
  // unroll
  for (var i = 0u; i < TN; i++) { results[i] = total[i]; }
  for (var i = 0u; i < TN; i += p.one) {
    let m = m0 + i / (TN / 4u) * SG;
    let column = tile.x * (TN / 4u) + i % (TN / 4u);
    if (m < p.M && column < p.N4) { finish((tile.z * p.M + m) * p.N4 + column, column, results[i]); }
  }
}
