// c[m, n] = sum_k a[m, k] b[k, n], batched by z, with operands rounded to f16 and sums in f32, by the adapter's matrix units
// (WGSL's experimental subgroup matrices of 16 x 16 x 16). Row-major f32, N a multiple of 4, M and K any.
// TRANSPOSE_A reads a as [K, M], TRANSPOSE_B reads b as [N, K]; a batch stride of 0 repeats an operand.
// Batches that are chunks of one sum (`total` > K of a batch) end where the sum ends.
// A workgroup of four subgroups of 32 owns 64 rows by 64 columns, a subgroup a quarter of it: 2 x 2 matrices.
// Matrices have no elements a shader could reach: results go through workgroup memory to the epilogue.
enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
const TRANSPOSE_A = false;
const TRANSPOSE_B = false;
const BK = 32u;

struct Params { M: u32, N: u32, K: u32, strideA: u32, strideB: u32, total: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;

var<workgroup> slabA: array<f16, 64u * BK>; // [m][k]
var<workgroup> slabB: array<f16, BK * 64u>; // [k][n]
var<workgroup> results: array<f32, 4096>; // [m][n]

fn readA(base: u32, m: u32, k: u32, K: u32) -> f32 {
  if (m >= p.M || k >= K) { return 0.0; }
  return a[base + select(m * p.K + k, k * p.M + m, TRANSPOSE_A)];
}

fn readB(base: u32, k: u32, n: u32, K: u32) -> f32 {
  if (n >= p.N || k >= K) { return 0.0; }
  return b[base + select(k * p.N + n, n * p.K + k, TRANSPOSE_B)];
}

@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_id) quarter: u32, // and not from `index`: WGSL must see that a whole subgroup agrees
) {
  let m0 = tile.y * 64u;
  let n0 = tile.x * 64u;
  let a0 = tile.z * p.strideA;
  let b0 = tile.z * p.strideB;
  let K = min(p.K, p.total - tile.z * p.K);
  let row = quarter / 2u * 32u;
  let column = quarter % 2u * 32u;
  var acc: array<subgroup_matrix_result<f32, 16, 16>, 4>;
  for (var k0 = 0u; k0 < K; k0 += BK) {
    for (var i = index; i < 64u * BK; i += 128u) {
      let ka = select(i % BK, i / 64u, TRANSPOSE_A);
      let ma = select(i / BK, i % 64u, TRANSPOSE_A);
      slabA[ma * BK + ka] = f16(readA(a0, m0 + ma, k0 + ka, K));
      let kb = select(i / 64u, i % BK, TRANSPOSE_B);
      let nb = select(i % 64u, i / BK, TRANSPOSE_B);
      slabB[kb * 64u + nb] = f16(readB(b0, k0 + kb, n0 + nb, K));
    }
    workgroupBarrier();
    for (var k = 0u; k < BK; k += 16u) {
      let upper = subgroupMatrixLoad<subgroup_matrix_left<f16, 16, 16>>(&slabA, row * BK + k, false, BK);
      let lower = subgroupMatrixLoad<subgroup_matrix_left<f16, 16, 16>>(&slabA, (row + 16u) * BK + k, false, BK);
      let left = subgroupMatrixLoad<subgroup_matrix_right<f16, 16, 16>>(&slabB, k * 64u + column, false, 64u);
      let right = subgroupMatrixLoad<subgroup_matrix_right<f16, 16, 16>>(&slabB, k * 64u + column + 16u, false, 64u);
      acc[0] = subgroupMatrixMultiplyAccumulate(upper, left, acc[0]);
      acc[1] = subgroupMatrixMultiplyAccumulate(upper, right, acc[1]);
      acc[2] = subgroupMatrixMultiplyAccumulate(lower, left, acc[2]);
      acc[3] = subgroupMatrixMultiplyAccumulate(lower, right, acc[3]);
    }
    workgroupBarrier();
  }
  let corner = row * 64u + column;
  subgroupMatrixStore(&results, corner, acc[0], false, 64u);
  subgroupMatrixStore(&results, corner + 16u, acc[1], false, 64u);
  subgroupMatrixStore(&results, corner + 1024u, acc[2], false, 64u);
  subgroupMatrixStore(&results, corner + 1040u, acc[3], false, 64u);
  workgroupBarrier();
  for (var i = index; i < 1024u; i += 128u) {
    let m = m0 + i / 16u;
    let c4 = tile.x * 16u + i % 16u;
    if (m < p.M && 4u * c4 < p.N) {
      let at = 4u * i;
      finish((tile.z * p.M + m) * (p.N / 4u) + c4, c4, vec4f(results[at], results[at + 1u], results[at + 2u], results[at + 3u]));
    }
  }
}
