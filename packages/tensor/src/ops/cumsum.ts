import { cumsumLaunch } from "@snnmlp/kernels-wgsl";
import { expectDType } from "../dtype.js";
import { derive } from "../op.js";
import { dimOf, normalizeAxis, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** Options of `cumsum`. */
export interface CumsumOptions {
  /** The axis to sum along; negative counts from the end. */
  readonly axis: number;
  /** Sums from the last element backwards. Default false. */
  readonly reverse?: boolean;
}

/**
 * Running sums along an axis: `y_n = x_0 + ... + x_n`. Their gradient runs the other way.
 *
 * @param x any shape with `axis`
 * @returns the shape of x
 * @throws ShapeError when x has no such axis
 *
 * ```ts
 * const y = cumsum(tensor(device, [1, 2, 3], [3]), { axis: 0 }); // [1, 3, 6]
 * ```
 */
export function cumsum<const S extends Shape>(x: Tensor<S, "f32">, options: CumsumOptions): Tensor<S, "f32"> {
  expectDType("cumsum", "x", x.dtype, "f32");
  const axis = normalizeAxis("cumsum", x.shape, options.axis);
  const outer = sizeOf(x.shape.slice(0, axis));
  const N = dimOf("cumsum", x.shape, axis);
  const dims = { outer, N, inner: x.size / outer / N };
  const run = (from: Tensor, reverse: boolean): Tensor<S, "f32"> => {
    const y = x.device.empty("cumsum", x.shape, "f32");
    x.device.launch("cumsum", cumsumLaunch(dims, reverse), [from, y]);
    return y;
  };
  const { reverse = false } = options;
  return derive("cumsum", { x }, run(x, reverse), (dy) => ({ x: run(dy, !reverse) }));
}
