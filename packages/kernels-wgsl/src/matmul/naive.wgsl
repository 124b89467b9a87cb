// c[m, n] = sum_k a[m, k] * b[k, n], batched: a [B, M, K], b [B, K, N], c [B, M, N], row-major f32.
// TRANSPOSE_A reads a as [B, K, M], TRANSPOSE_B reads b as [B, N, K]; a batch stride of 0 repeats an operand.
// One invocation per output element, handed to the epilogue's `finish`. Moves 4*(MK + KN + MN) bytes and does 2*M*N*K FLOPs a batch.
const TRANSPOSE_A = false;
const TRANSPOSE_B = false;

struct Params { M: u32, N: u32, K: u32, batches: u32, strideA: u32, strideB: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (i >= p.batches * p.M * p.N) { return; }
  let n = i % p.N;
  let m = (i / p.N) % p.M;
  let batch = i / (p.M * p.N);
  let a0 = batch * p.strideA;
  let b0 = batch * p.strideB;
  var sum = 0.0;
  // Sums of 32 values of k are added to a total: a long row of rounded additions would lose bits.
  for (var block = 0u; block < p.K; block += 32u) {
  var part = 0.0;
  for (var k = block; k < min(block + 32u, p.K); k++) {
    let av = a[a0 + select(m * p.K + k, k * p.M + m, TRANSPOSE_A)];
    let bv = b[b0 + select(k * p.N + n, n * p.K + k, TRANSPOSE_B)];
    part += av * bv;
  }
  sum += part;
  }
  finish(i, n, sum);
}
