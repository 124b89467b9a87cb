import { copyLaunch, fillLaunch } from "@snnmlp/kernels-wgsl";
import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive } from "../op.js";
import { type Shape, show, stridesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** Indices `start <= i < end` along an axis, every `step`-th (default 1); negative ones count from the end. */
export type Range = readonly [start: number, end: number, step?: number];

/** Sizes after slicing: axes taken whole keep their literal size. */
export type SliceShape<S extends Shape, R extends readonly (Range | null)[]> = number extends S["length"] | R["length"]
  ? Shape
  : { readonly [K in keyof S]: K extends keyof R ? (R[K] extends null ? S[K] : number) : S[K] };

/**
 * Part of a tensor, as NumPy's `x[start:end:step, ...]`.
 *
 * @param ranges one per axis, from the first on; null and left-out axes are taken whole. An end past the axis means its end
 * @throws ShapeError for an empty result or a step below 1 (`flip` walks backwards)
 *
 * ```ts
 * const odd = slice(x, [null, [1, 8, 2]]); // x [B, 8, C] -> [B, 4, C]
 * ```
 */
export function slice<const S extends Shape, D extends DType, const R extends readonly (Range | null)[]>(
  x: Tensor<S, D>,
  ranges: R,
): Tensor<SliceShape<S, R>, D>;
export function slice(x: Tensor, ranges: readonly (Range | null)[]): Tensor {
  if (ranges.length > x.rank) {
    throw new ShapeError("slice", `x ${show(x.shape)} has ${x.rank} axes, got ${ranges.length} ranges`);
  }
  const parts = x.shape.map((dim, axis) => resolve(x.shape, axis, ranges[axis] ?? [0, dim]));
  const strides = stridesOf(x.shape);
  const view: View = {
    dims: parts.map(({ size }) => size),
    strides: parts.map(({ step }, axis) => step * (strides[axis] ?? 0)),
    base: parts.reduce((base, { start }, axis) => base + start * (strides[axis] ?? 0), 0),
  };
  return strided("slice", x, view);
}

/** The same values in reverse order along some axes. */
export function flip<const S extends Shape, D extends DType>(x: Tensor<S, D>, axes: readonly number[]): Tensor<S, D>;
export function flip(x: Tensor, axes: readonly number[]): Tensor {
  const strides = stridesOf(x.shape);
  let base = 0;
  for (const axis of new Set(axes.map((each) => (each < 0 ? each + x.rank : each)))) {
    const [dim, stride] = [x.shape[axis], strides[axis]];
    if (dim === undefined || stride === undefined) {
      throw new ShapeError("flip", `axes [${axes}] are out of range for shape ${show(x.shape)}`);
    }
    base += (dim - 1) * stride;
    strides[axis] = -stride;
  }
  return strided("flip", x, { dims: x.shape, strides, base });
}

/** Where the elements of a result lie in x, each at most once. */
interface View {
  readonly dims: Shape;
  readonly strides: readonly number[];
  readonly base: number;
}

function strided(op: string, x: Tensor, view: View): Tensor {
  const { shape } = x;
  return derive(op, { x }, gathered(op, x, view), (dy) => ({ x: scattered(op, dy, view, shape) }));
}

function gathered(op: string, x: Tensor, { dims, strides, base }: View): Tensor {
  const y = x.device.empty(op, dims, x.dtype);
  const box = { dims, inStrides: strides, inBase: base, outStrides: stridesOf(dims), outBase: 0 };
  x.device.launch(op, copyLaunch(box, x.dtype, x.device.profile), [x, y]);
  return y;
}

/** Zeros of `shape` with dy where the view took its elements from. */
function scattered(op: string, dy: Tensor, { dims, strides, base }: View, shape: Shape): Tensor {
  const dx = dy.device.empty(op, shape, dy.dtype);
  if (dy.size !== dx.size) dy.device.launch(op, fillLaunch(dx.size, 0, dy.dtype), [dx]);
  const box = { dims, inStrides: stridesOf(dims), inBase: 0, outStrides: strides, outBase: base };
  dy.device.launch(op, copyLaunch(box, dy.dtype, dy.device.profile), [dy, dx]);
  return dx;
}

/** The box of `shape` that begins at `starts`. Not recorded. */
export function window(op: string, x: Tensor, starts: readonly number[], shape: Shape): Tensor {
  const strides = stridesOf(x.shape);
  const base = starts.reduce((total, start, axis) => total + start * (strides[axis] ?? 0), 0);
  return gathered(op, x, { dims: shape, strides, base });
}

function resolve(shape: Shape, axis: number, [first, last, step = 1]: Range) {
  const dim = shape[axis] ?? 1;
  const start = first < 0 ? first + dim : first;
  const end = Math.min(last < 0 ? last + dim : last, dim);
  const told = `range [${first}, ${last}, ${step}] of axis ${axis} in ${show(shape)}`;
  if (![first, last, step].every(Number.isInteger)) throw new ShapeError("slice", `${told} is not of whole numbers`);
  if (step < 1) throw new ShapeError("slice", `${told} has a step below 1; flip() walks backwards`);
  if (start < 0 || end <= start) throw new ShapeError("slice", `${told} holds no element; empty tensors do not exist`);
  return { start, step, size: Math.ceil((end - start) / step) };
}
