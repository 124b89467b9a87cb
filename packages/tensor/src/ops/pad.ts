import { copyLaunch } from "@snnmlp/kernels-wgsl";
import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive } from "../op.js";
import { type Shape, show, stridesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { expectNumber } from "./binary.js";
import { window } from "./slice.js";

/** Elements to add before and after an axis. */
export type Padding = readonly [before: number, after: number];

/**
 * Surrounds a tensor with a constant.
 *
 * @param widths one [before, after] per axis
 * @param value what to fill with, default 0
 * @throws ShapeError for a negative or fractional width, or another number of axes
 */
export function pad<const S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  widths: { readonly [K in keyof S]: Padding },
  value?: number,
): Tensor<number extends S["length"] ? Shape : { readonly [K in keyof S]: number }, D>;
export function pad(x: Tensor, widths: readonly Padding[], value = 0): Tensor {
  expectNumber("pad", x.dtype, value);
  const whole = widths.flat().every((width) => Number.isInteger(width) && width >= 0);
  if (widths.length !== x.rank || !whole) {
    const told = widths.map((width) => show(width)).join(", ");
    throw new ShapeError(
      "pad",
      `needs a [before, after] of whole numbers for each axis of ${show(x.shape)}, got [${told}]`,
    );
  }
  const before = widths.map(([first]) => first);
  const dims = x.shape.map((dim, axis) => dim + (widths[axis]?.[0] ?? 0) + (widths[axis]?.[1] ?? 0));
  const strides = stridesOf(x.shape);
  const y = x.device.empty("pad", dims, x.dtype);
  const box = {
    dims,
    inStrides: strides,
    inBase: -before.reduce((base, low, axis) => base + low * (strides[axis] ?? 0), 0),
    outStrides: stridesOf(dims),
    outBase: 0,
    inside: { low: before, high: before.map((low, axis) => low + (x.shape[axis] ?? 1)), fill: value },
  };
  x.device.launch("pad", copyLaunch(box, x.dtype, x.device.profile), [x, y]);
  const { shape } = x;
  return derive("pad", { x }, y, (dy) => ({ x: window("pad", dy, before, shape) }));
}
