import { type GatherDims, gatherLaunch, oneHotLaunch, scatterAddLaunch } from "@snnmlp/kernels-wgsl";
import { type DType, expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive, deviceOf } from "../op.js";
import { normalizeAxis, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** Shape of `gather(x, index)` along axis 0; other axes are only known at run time. */
export type GatherShape<S extends Shape, I extends Shape> = number extends S["length"] | I["length"]
  ? Shape
  : S extends readonly [number, ...infer Rest extends Shape]
    ? readonly [...I, ...Rest]
    : never;

/**
 * Rows of x by index, as an embedding looks them up: `y[r, ...] = x[index[r], ...]`.
 *
 * @param index u32 or i32, any shape; an index out of range gives zeros and gets no gradient
 * @param axis of x to take from, default 0
 * @returns x's shape with that axis replaced by index's shape
 *
 * ```ts
 * const words = gather(table, tokens); // table [N, C], tokens [B, T] -> [B, T, C]
 * ```
 */
export function gather<const S extends Shape, const I extends Shape, D extends DType>(
  x: Tensor<S, D>,
  index: Tensor<I, "u32" | "i32">,
): Tensor<GatherShape<S, I>, D>;
export function gather<D extends DType>(
  x: Tensor<Shape, D>,
  index: Tensor<Shape, "u32" | "i32">,
  axis: number,
): Tensor<Shape, D>;
export function gather(x: Tensor, index: Tensor, axis = 0): Tensor {
  expectDType("gather", "index", index.dtype, "u32", "i32");
  const device = deviceOf("gather", x, index);
  const front = normalizeAxis("gather", x.shape, axis);
  const dims: GatherDims = {
    outer: sizeOf(x.shape.slice(0, front)),
    N: x.shape[front] ?? 1,
    R: index.size,
    inner: sizeOf(x.shape.slice(front + 1)),
  };
  const y = device.empty("gather", x.shape.toSpliced(front, 1, ...index.shape), x.dtype);
  device.launch("gather", gatherLaunch(dims, x.dtype, device.profile), [x, index, y]);
  return derive("gather", { x }, y, (dy) => {
    expectDType("gather", "dy", dy.dtype, "f32");
    const dx = device.empty("gather", x.shape, "f32");
    device.launch("gather", scatterAddLaunch(dims, device.profile), [dy, index, dx]);
    return { x: dx };
  });
}

/** Values of `oneHot`. */
export interface OneHotOptions {
  /** At the index, default 1. */
  readonly on?: number;
  /** Elsewhere, default 0. */
  readonly off?: number;
}

/**
 * Indices as rows of f32 with one entry set; an index out of range gives a row without it.
 *
 * @param index u32 or i32, any shape
 * @returns index's shape with an axis of `classes` appended
 */
export function oneHot<const I extends Shape, const N extends number>(
  index: Tensor<I, "u32" | "i32">,
  classes: N,
  options?: OneHotOptions,
): Tensor<readonly [...I, N], "f32">;
export function oneHot(index: Tensor, classes: number, options: OneHotOptions = {}): Tensor {
  expectDType("oneHot", "index", index.dtype, "u32", "i32");
  if (!Number.isInteger(classes) || classes < 1) {
    throw new ShapeError("oneHot", `classes must be a positive integer, got ${classes}`);
  }
  const y = index.device.empty("oneHot", [...index.shape, classes], "f32");
  index.device.launch("oneHot", oneHotLaunch(index.size, classes, options.on ?? 1, options.off ?? 0), [index, y]);
  return y;
}
