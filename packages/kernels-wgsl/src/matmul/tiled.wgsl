// c[m, n] = sum_k a[m, k] b[k, n], batched by z; row-major f32, N a multiple of 4, M and K any.
// TRANSPOSE_A reads a as [K, M], TRANSPOSE_B reads b as [N, K]; a batch stride of 0 repeats an operand.
// Batches that are chunks of one sum (`total` > K of a batch) end where the sum ends.
// A workgroup of 16 x 16 owns 64 rows by 64 columns; both operands pass through workgroup memory in slabs of BK values
// of k, laid out so that an invocation reads its 4 rows and its 4 columns as one vec4 each: 2 loads for 16 multiply-adds.
// E is what the operands are rounded to on the way: f32, or f16 for products of mixed precision; sums are f32.
alias E = f32;
const TRANSPOSE_A = false;
const TRANSPOSE_B = false;
const BK = 16u;

struct Params { M: u32, N: u32, K: u32, strideA: u32, strideB: u32, total: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;

var<workgroup> slabA: array<array<vec4<E>, 16>, BK>; // [k][m / 4]
var<workgroup> slabB: array<array<vec4<E>, 16>, BK>; // [k][n / 4]

fn readA(base: u32, m: u32, k: u32, K: u32) -> f32 {
  if (m >= p.M || k >= K) { return 0.0; }
  return a[base + select(m * p.K + k, k * p.M + m, TRANSPOSE_A)];
}

fn readB(base: u32, k: u32, n: u32, K: u32) -> f32 {
  if (n >= p.N || k >= K) { return 0.0; }
  return b[base + select(k * p.N + n, n * p.K + k, TRANSPOSE_B)];
}

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let m0 = tile.y * 64u;
  let n0 = tile.x * 64u;
  let a0 = tile.z * p.strideA;
  let b0 = tile.z * p.strideB;
  let K = min(p.K, p.total - tile.z * p.K);
  var total: array<vec4f, 4>;
  for (var k0 = 0u; k0 < K; k0 += BK) {
    // 64 * BK values of each operand by 256 invocations; neighbours read neighbours along the stored rows
    for (var i = index; i < 64u * BK; i += 256u) {
      let ka = select(i % BK, i / 64u, TRANSPOSE_A);
      let ma = select(i / BK, i % 64u, TRANSPOSE_A);
      slabA[ka][ma / 4u][ma % 4u] = E(readA(a0, m0 + ma, k0 + ka, K));
      let kb = select(i / 64u, i % BK, TRANSPOSE_B);
      let nb = select(i % 64u, i / BK, TRANSPOSE_B);
      slabB[kb][nb / 4u][nb % 4u] = E(readB(b0, k0 + kb, n0 + nb, K));
    }
    workgroupBarrier();
    var acc = array<vec4f, 4>();
    for (var k = 0u; k < BK; k++) {
      let rows = vec4f(slabA[k][local.y]);
      let columns = vec4f(slabB[k][local.x]);
      acc[0] += rows.x * columns;
      acc[1] += rows.y * columns;
      acc[2] += rows.z * columns;
      acc[3] += rows.w * columns;
    }
    for (var r = 0u; r < 4u; r++) { total[r] += acc[r]; }
    workgroupBarrier();
  }
  let column = tile.x * 16u + local.x;
  if (4u * column >= p.N) { return; }
  for (var r = 0u; r < 4u; r++) {
    let m = m0 + 4u * local.y + r;
    if (m < p.M) { finish((tile.z * p.M + m) * (p.N / 4u) + column, column, total[r]); }
  }
}
