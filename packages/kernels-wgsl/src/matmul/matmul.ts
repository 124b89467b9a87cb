import { ceilDiv, grid1d, kernel, type Launch, type Profile, words } from "../launch.js";
import { matmulReference } from "./matmul.ref.js";
import naive from "./naive.wgsl";

/** The sizes of `c [batches, M, N] = a [batches, M, K] b [batches, K, N]`. */
export interface MatmulDims {
  readonly batches: number;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  /** `a` is stored as [batches, K, M]. */
  readonly transposeA: boolean;
  /** `b` is stored as [batches, N, K]. */
  readonly transposeB: boolean;
  /** One `a` serves every batch. */
  readonly sharedA: boolean;
  /** One `b` serves every batch. */
  readonly sharedB: boolean;
}

/** Buffers: a, b, c. */
export function matmulLaunch(dims: MatmulDims, _profile: Profile): Launch {
  const { batches, M, N, K } = dims;
  return {
    kernel: kernel("matmul/naive", naive, { TRANSPOSE_A: dims.transposeA, TRANSPOSE_B: dims.transposeB }),
    params: words(M, N, K, batches, dims.sharedA ? 0 : M * K, dims.sharedB ? 0 : K * N),
    grid: grid1d(ceilDiv(batches * M * N, 64)),
    bytes: 4 * ((dims.sharedA ? 1 : batches) * M * K + (dims.sharedB ? 1 : batches) * K * N + batches * M * N),
    flops: 2 * batches * M * N * K,
    reference: matmulReference(dims),
  };
}
