// c[m, n] = sum_k a[m, k] b[k, n]: a [M, K], b [K, N], row-major f32, K and N multiples of 4; z counts batches.
// A workgroup is one subgroup and owns HELD*SG rows by 4*SG columns. A lane keeps 4 columns of b in registers and holds
// HELD rows of a; every row is broadcast from the lane that holds it, so no value is loaded twice by a subgroup.
// Per 4 values of k and lane: 4 + HELD vec4 loads for 16*HELD*SG multiply-adds. CPU adapters pay most for loads.
// Rows past M and columns past N read other values of the buffer; `finish` is not called for them.
enable subgroups;
const SG = 8u;
const HELD = 2u;
const TM = 16u; // HELD * SG

// Sizes and batch strides in vec4. `one` is 1, which compilers cannot know: an unrolled epilogue takes seconds to compile.
struct Params { M: u32, N4: u32, K4: u32, strideA: u32, strideB: u32, one: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;

@compute @workgroup_size(SG)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let column = tile.x * SG + lane;
  let m0 = tile.y * TM;
  let a0 = tile.z * p.strideA;
  let b0 = tile.z * p.strideB;
  var total: array<vec4f, TM>;
  // Sums of 32 values of k are added to a total: 1,024 rounded additions in a row would lose three bits.
  for (var block = 0u; block < p.K4; block += 8u) {
  var acc = array<vec4f, TM>(); // written out: Dawn sets a bare `var` to zero once, not every time round
  let end = min(block + 8u, p.K4);
  for (var k4 = block; k4 < end; k4++) {
    var held: array<vec4f, HELD>;
    // unroll
    for (var j = 0u; j < HELD; j++) { held[j] = a[a0 + (m0 + j * SG + lane) * p.K4 + k4]; }
    let at = b0 + 4u * k4 * p.N4 + column;
    let bx = b[at];
    let by = b[at + p.N4];
    let bz = b[at + 2u * p.N4];
    let bw = b[at + 3u * p.N4];
    // unroll
    for (var i = 0u; i < TM; i++) {
      let s = subgroupShuffle(held[i / SG], i % SG);
      acc[i] += s.x * bx + s.y * by + s.z * bz + s.w * bw;
    }
  }
  // unroll
  for (var i = 0u; i < TM; i++) { total[i] += acc[i]; }
  }
  if (column >= p.N4) { return; }
  // Through a second array, which a variable may index, so that the epilogue is compiled once and not for every row.
  var results: array<vec4f, TM>;
  // unroll
  for (var i = 0u; i < TM; i++) { results[i] = total[i]; }
  let rows = min(TM, p.M - m0);
  for (var i = 0u; i < rows; i += p.one) { finish((tile.z * p.M + m0 + i) * p.N4 + column, column, results[i]); }
}
