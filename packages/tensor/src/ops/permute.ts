import { copyLaunch } from "@snnmlp/kernels-wgsl";
import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive } from "../op.js";
import { type Shape, show, stridesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** Sizes of `permute(x, order)`. */
export type PermutedShape<S extends Shape, P extends readonly number[]> = number extends S["length"] | P["length"]
  ? Shape
  : { readonly [K in keyof P]: S[P[K]] };

/** `unknown` when `order` may have as many axes as `S`, else a type no argument has. */
type Orders<S extends Shape, P extends readonly number[]> = number extends S["length"] | P["length"]
  ? unknown
  : S["length"] extends P["length"]
    ? unknown
    : { readonly shapeError: `order names ${P["length"]} axes, x has ${S["length"]}` };

/**
 * The same values with axes in another order: axis k of the result is axis `order[k]` of x.
 *
 * @throws ShapeError when `order` does not name every axis once
 *
 * ```ts
 * const nhwc = permute(nchw, [0, 2, 3, 1]);
 * ```
 */
export function permute<const S extends Shape, D extends DType, const P extends readonly number[]>(
  x: Tensor<S, D>,
  order: P & Orders<S, P>,
): Tensor<PermutedShape<S, P>, D>;
export function permute(x: Tensor, order: readonly number[]): Tensor {
  const named = order.toSorted((a, b) => a - b);
  if (named.length !== x.rank || named.some((axis, k) => axis !== k)) {
    throw new ShapeError("permute", `order [${order.join(", ")}] must name each axis of ${show(x.shape)} once`);
  }
  const back = order.map((_, axis) => order.indexOf(axis));
  return derive("permute", { x }, permuted(x, order), (dy) => ({ x: permute(dy, back) }));
}

/** Swaps the last two axes: [..., M, N] becomes [..., N, M]. */
export function transpose<const S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<TransposedShape<S>, D>;
export function transpose(x: Tensor): Tensor {
  if (x.rank < 2) throw new ShapeError("transpose", `needs two axes, got ${show(x.shape)}`);
  const order = [...x.shape.keys()];
  return permute(x, [...order.slice(0, -2), x.rank - 1, x.rank - 2]);
}

/** Sizes of `transpose(x)`. */
export type TransposedShape<S extends Shape> = S extends readonly [
  ...infer B extends Shape,
  infer M extends number,
  infer N extends number,
]
  ? readonly [...B, N, M]
  : Shape;

function permuted(x: Tensor, order: readonly number[]): Tensor {
  const strides = stridesOf(x.shape);
  const dims = order.map((axis) => x.shape[axis] ?? 1);
  const y = x.device.empty("permute", dims, x.dtype);
  const inStrides = order.map((axis) => strides[axis] ?? 0);
  const box = { dims, inStrides, inBase: 0, outStrides: stridesOf(dims), outBase: 0 };
  x.device.launch("permute", copyLaunch(box, x.dtype, x.device.profile), [x, y]);
  return y;
}
