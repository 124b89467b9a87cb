// c[z, m, n] = sum over the k of chunk z of a[k, m] b[k, n], and sums[z, n] = sum of b[k, n]:
// a [K, M], b [K, N], row-major f32, M and N multiples of 4. The weight gradient dW = x^T dy with its bias gradient.
// A workgroup is one subgroup and owns HELD*SG rows (m) by 4*SG columns (n) of one chunk; chunks are added afterwards,
// in order. Per 4 values of k a lane loads 4 vec4 of b and HELD of a, whose values are broadcast lane by lane.
enable subgroups;
const SG = 8u;
const HELD = 2u; // registers that hold 4 k by TM m of a
const TM = 16u; // HELD * SG
const KS = 2u; // 4 / HELD: values of k in one register
const TAIL = true; // whether K is no multiple of 4; a loop that is never run takes as long to compile as one that is

// chunk a multiple of 4; `one` is 1, which compilers cannot know: unrolled stores take seconds to compile
struct Params { M4: u32, N4: u32, K: u32, chunk: u32, one: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec4f>;

@compute @workgroup_size(SG)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let column = tile.x * SG + lane;
  let row4 = tile.y * (TM / 4u) + lane % (TM / 4u);
  let start = tile.z * p.chunk;
  let end = min(p.K, start + p.chunk);
  var total: array<vec4f, TM>;
  var sums4 = vec4f(0.0);
  // Sums of 32 values of k are added to a total: see lanes-nn.wgsl.
  for (var block = start; block < end; block += 32u) {
  var acc = array<vec4f, TM>();
  var sum = vec4f(0.0);
  let stop = min(block + 32u, end);
  var k = block;
  for (; k + 4u <= stop; k += 4u) {
    var held: array<vec4f, HELD>;
    // unroll
    for (var j = 0u; j < HELD; j++) {
      held[j] = a[(k + j * KS + lane / (TM / 4u)) * p.M4 + row4];
    }
    let at = k * p.N4 + column;
    let bx = b[at];
    let by = b[at + p.N4];
    let bz = b[at + 2u * p.N4];
    let bw = b[at + 3u * p.N4];
    sum += (bx + by) + (bz + bw);
    // unroll
    for (var i = 0u; i < TM; i++) {
      let sx = subgroupShuffle(held[0u / KS][i % 4u], i / 4u + TM / 4u * (0u % KS));
      let sy = subgroupShuffle(held[1u / KS][i % 4u], i / 4u + TM / 4u * (1u % KS));
      let sz = subgroupShuffle(held[2u / KS][i % 4u], i / 4u + TM / 4u * (2u % KS));
      let sw = subgroupShuffle(held[3u / KS][i % 4u], i / 4u + TM / 4u * (3u % KS));
      acc[i] += sx * bx + sy * by + sz * bz + sw * bw;
    }
  }
  for (; TAIL && k < stop; k++) {
    let held = a[k * p.M4 + row4];
    let bx = b[k * p.N4 + column];
    sum += bx;
    // unroll
    for (var i = 0u; i < TM; i++) {
      acc[i] += subgroupShuffle(held[i % 4u], i / 4u) * bx;
    }
  }
  sums4 += sum;
  // unroll
  for (var i = 0u; i < TM; i++) { total[i] += acc[i]; }
  }
  if (column >= p.N4) { return; }
  if (tile.y == 0u) { sums[tile.z * p.N4 + column] = sums4; }
  // Through a second array, which a variable may index.
  var results: array<vec4f, TM>;
  // unroll
  for (var i = 0u; i < TM; i++) { results[i] = total[i]; }
  let rows = min(TM, 4u * p.M4 - tile.y * TM);
  for (var i = 0u; i < rows; i += p.one) {
    c[(tile.z * 4u * p.M4 + tile.y * TM + i) * p.N4 + column] = results[i];
  }
}
