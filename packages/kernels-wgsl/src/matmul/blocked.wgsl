// c[m, n] = sum_k a[m, k] b[k, n], batched by z; row-major f32; N and the rows of a and b as stored are multiples of 4.
// TRANSPOSE_A reads a as [K, M], TRANSPOSE_B reads b as [N, K]; a batch stride of 0 repeats an operand.
// For GPUs and large products: a workgroup of 16 x 16 owns 128 rows by 128 columns, an invocation 8 by 8 of them, as four
// blocks of 4 by 4 that lie 64 apart, so that neighbours read neighbouring vec4 of workgroup memory: 4 loads for 64
// multiply-adds. Batches that are chunks of one sum (`total` > K of a batch) end where the sum ends.
const TRANSPOSE_A = false;
const TRANSPOSE_B = false;
const BK = 16u;

struct Params { M: u32, N: u32, K: u32, strideA: u32, strideB: u32, total: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;

var<workgroup> slabA: array<array<vec4f, 32>, BK>; // [k][m / 4]
var<workgroup> slabB: array<array<vec4f, 32>, BK>; // [k][n / 4]

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let m0 = tile.y * 128u;
  let n0 = tile.x * 128u;
  let a0 = tile.z * p.strideA;
  let b0 = tile.z * p.strideB;
  let K = min(p.K, p.total - tile.z * p.K);
  var acc: array<vec4f, 16>;
  for (var k0 = 0u; k0 < K; k0 += BK) {
    // 32 * BK vec4 of each operand by 256 invocations; neighbours read neighbours along the stored rows
    for (var i = index; i < 32u * BK; i += 256u) {
      let row = i / (BK / 4u);
      let kOfRow = k0 + 4u * (i % (BK / 4u));
      let k = i / 32u;
      let four = 4u * (i % 32u);
      if (TRANSPOSE_A) {
        let inside = k0 + k < K && m0 + four < p.M;
        slabA[k][i % 32u] = select(vec4f(), a[select(0u, (a0 + (k0 + k) * p.M + m0 + four) / 4u, inside)], inside);
      } else {
        let inside = m0 + row < p.M && kOfRow < K;
        let values = select(vec4f(), a[select(0u, (a0 + (m0 + row) * p.K + kOfRow) / 4u, inside)], inside);
        for (var j = 0u; j < 4u; j++) { slabA[kOfRow - k0 + j][row / 4u][row % 4u] = values[j]; }
      }
      if (TRANSPOSE_B) {
        let inside = n0 + row < p.N && kOfRow < K;
        let values = select(vec4f(), b[select(0u, (b0 + (n0 + row) * p.K + kOfRow) / 4u, inside)], inside);
        for (var j = 0u; j < 4u; j++) { slabB[kOfRow - k0 + j][row / 4u][row % 4u] = values[j]; }
      } else {
        let inside = k0 + k < K && n0 + four < p.N;
        slabB[k][i % 32u] = select(vec4f(), b[select(0u, (b0 + (k0 + k) * p.N + n0 + four) / 4u, inside)], inside);
      }
    }
    workgroupBarrier();
    for (var k = 0u; k < BK; k++) {
      let upper = slabA[k][local.y];
      let lower = slabA[k][16u + local.y];
      let left = slabB[k][local.x];
      let right = slabB[k][16u + local.x];
      // unroll
      for (var r = 0u; r < 4u; r++) {
        acc[r] += upper[r] * left;
        acc[4u + r] += upper[r] * right;
        acc[8u + r] += lower[r] * left;
        acc[12u + r] += lower[r] * right;
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 16u; i++) {
    let m = m0 + 4u * local.y + i % 4u + i / 8u * 64u;
    let column = tile.x * 32u + local.x + i / 4u % 2u * 16u;
    if (m < p.M && 4u * column < p.N) { finish((tile.z * p.M + m) * (p.N / 4u) + column, column, acc[i]); }
  }
}
