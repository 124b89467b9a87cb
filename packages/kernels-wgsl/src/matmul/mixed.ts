import { ceilDiv, type Profile, words } from "../launch.js";
import type { Body, MatmulDims } from "./matmul.js";
import matrix from "./mixed-matrix.wgsl";
import { totalOf } from "./split.js";
import tiled from "./tiled.wgsl";

/** Significant bits of f16, the exponent of its smallest normal number, and its largest number. */
const [bits, smallest, largest] = [11, -14, 65_504];

/** The f16 nearest to `x`, ties to even, as a shader's `f16(x)` has it; past the largest one, infinity. */
export function roundToHalf(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const step = 2 ** (Math.max(smallest, Math.floor(Math.log2(Math.abs(x)))) - bits + 1);
  const down = Math.floor(x / step);
  const over = x / step - down;
  const rounded = (down + (over > 0.5 || (over === 0.5 && down % 2 !== 0) ? 1 : 0)) * step;
  return Math.abs(rounded) > largest ? rounded * Number.POSITIVE_INFINITY : rounded;
}

/** Whether products on this adapter are of mixed precision, and these sizes among them. */
export const isMixed = ({ N, M, batches }: MatmulDims, { precision, kernels }: Profile): boolean =>
  precision === "f16" && kernels === "tuned" && N % 4 === 0 && batches <= 65_535 && M <= 64 * 65_535;

/**
 * A product of mixed precision (Micikevicius et al., arXiv 1710.03740): both operands are f32 in memory and rounded to f16
 * on the way, sums are f32. By the adapter's matrix units where it has them, else in tiles.
 */
export function mixedBody(dims: MatmulDims, { subgroupMatrix = false }: Profile): Body {
  const { batches, M, N, K, transposeA, transposeB } = dims;
  const constants = { TRANSPOSE_A: transposeA, TRANSPOSE_B: transposeB };
  return {
    name: subgroupMatrix ? "matrix-f16" : "tiled",
    source: subgroupMatrix ? matrix : tiled,
    constants: subgroupMatrix ? constants : { ...constants, E: "f16" },
    params: words(M, N, K, dims.sharedA ? 0 : M * K, dims.sharedB ? 0 : K * N, totalOf(dims)),
    grid: [ceilDiv(N, 64), ceilDiv(M, 64), batches],
    width: 4,
  };
}
