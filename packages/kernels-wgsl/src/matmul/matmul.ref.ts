import type { ReferenceBuffers } from "../launch.js";
import type { MatmulDims } from "./matmul.js";

/** `c[m, n] = sum_k a[m, k] b[k, n]` by plain loops, batched, with either operand transposed. */
export function matmulReference(dims: MatmulDims): (buffers: ReferenceBuffers) => void {
  const { batches, M, N, K, transposeA, transposeB } = dims;
  return ([a, b, c]) => {
    if (!a || !b || !c) throw new Error("internal: matmul takes three buffers");
    for (let batch = 0; batch < batches; batch++) {
      const a0 = dims.sharedA ? 0 : batch * M * K;
      const b0 = dims.sharedB ? 0 : batch * K * N;
      for (let m = 0; m < M; m++) {
        for (let n = 0; n < N; n++) {
          let sum = 0;
          for (let k = 0; k < K; k++) {
            const av = a[a0 + (transposeA ? k * M + m : m * K + k)] as number;
            const bv = b[b0 + (transposeB ? n * K + k : k * N + n)] as number;
            sum += av * bv;
          }
          c[(batch * M + m) * N + n] = sum;
        }
      }
    }
  };
}
