import { at, type Reference } from "../launch.js";
import type { MatmulDims } from "./matmul.js";

/** `c[m, n] = sum_k a[m, k] b[k, n]` by plain loops, batched, with either operand transposed. */
export function matmulReference(dims: MatmulDims): Reference {
  const { batches, M, N, K, transposeA, transposeB } = dims;
  return (a: Float64Array, b: Float64Array, c: Float64Array) => {
    for (let batch = 0; batch < batches; batch++) {
      const a0 = dims.sharedA ? 0 : batch * M * K;
      const b0 = dims.sharedB ? 0 : batch * K * N;
      for (let m = 0; m < M; m++) {
        for (let n = 0; n < N; n++) {
          let sum = 0;
          for (let k = 0; k < K; k++) {
            sum += at(a, a0 + (transposeA ? k * M + m : m * K + k)) * at(b, b0 + (transposeB ? n * K + k : k * N + n));
          }
          c[(batch * M + m) * N + n] = sum;
        }
      }
    }
  };
}
