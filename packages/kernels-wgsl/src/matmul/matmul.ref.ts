import { at, ceilDiv, type Reference } from "../launch.js";
import type { Epilogue } from "./epilogues.js";
import type { MatmulDims } from "./matmul.js";
import { totalOf } from "./split.js";

/**
 * `c[m, n] = sum_k a[m, k] b[k, n]` by plain loops, batched, each element finished by an epilogue.
 *
 * @param round what happens to each value of the operands first
 */
export function withEpilogue(
  dims: MatmulDims,
  finish: Epilogue["reference"],
  round: (value: number) => number = (value) => value,
): Reference {
  const { batches, M, N, K, transposeA, transposeB } = dims;
  return (left: Float64Array, right: Float64Array, ...rest: Float64Array[]) => {
    const total = totalOf(dims);
    const a = left.map(round);
    const b = right.map(round);
    for (let batch = 0; batch < batches; batch++) {
      const a0 = dims.sharedA ? 0 : batch * M * K;
      const b0 = dims.sharedB ? 0 : batch * K * N;
      for (let m = 0; m < M; m++) {
        for (let n = 0; n < N; n++) {
          let sum = 0;
          for (let k = 0; k < Math.min(K, total - batch * K); k++) {
            sum += at(a, a0 + (transposeA ? k * M + m : m * K + k)) * at(b, b0 + (transposeB ? n * K + k : k * N + n));
          }
          finish((batch * M + m) * N + n, n, sum, rest);
        }
      }
    }
  };
}

/** Chunk z of `dw[k, n] = sum_m x[m, k] dy[m, n]`, and of the column sums of dy. */
export function chunkedReference(dims: { M: number; N: number; K: number }, chunk: number): Reference {
  const { M, N, K } = dims;
  return (x: Float64Array, dy: Float64Array, dw: Float64Array, sums: Float64Array) => {
    for (let z = 0; z < ceilDiv(M, chunk); z++) {
      const rows = Array.from({ length: Math.min(chunk, M - z * chunk) }, (_, i) => z * chunk + i);
      for (let n = 0; n < N; n++) {
        sums[z * N + n] = rows.reduce((sum, m) => sum + at(dy, m * N + n), 0);
        for (let k = 0; k < K; k++) {
          dw[(z * K + k) * N + n] = rows.reduce((sum, m) => sum + at(x, m * K + k) * at(dy, m * N + n), 0);
        }
      }
    }
  };
}

/** The chunks of `chunkedReference` added up. */
export function addChunksReference({ K, N }: { K: number; N: number }, chunks: number): Reference {
  const total = (parts: Float64Array, size: number, i: number) =>
    Array.from({ length: chunks }, (_, z) => at(parts, z * size + i)).reduce((a, b) => a + b, 0);
  return (parts: Float64Array, sums: Float64Array, dw: Float64Array, dbias: Float64Array) => {
    for (let i = 0; i < K * N; i++) dw[i] = total(parts, K * N, i);
    for (let n = 0; n < N; n++) dbias[n] = total(sums, N, n);
  };
}
