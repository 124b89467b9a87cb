import { argmaxLaunch } from "@snnmlp/kernels-wgsl";
import { type DType, expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive, viewAs } from "../op.js";
import { normalizeAxis, type Shape, show, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { apply } from "./binary.js";
import { broadcastTo } from "./broadcast.js";
import { castTo } from "./cast.js";
import { reduceAxes } from "./reduce-axes.js";
import { reshape } from "./reshape.js";

/** Which axes a reduction runs over. */
export interface ReduceOptions {
  /** Axes to reduce, negative ones from the end; default all. */
  readonly axes?: readonly number[];
  /** Reduced axes stay, with size 1. */
  readonly keepDims?: boolean;
}

/** `S` with the axes in `Axes` dropped, or kept as 1; `Front` counts axes passed. */
type Without<
  S extends Shape,
  Axes extends number,
  Keep extends boolean,
  Front extends readonly 0[] = readonly [],
> = S extends readonly [infer X extends number, ...infer Rest extends Shape]
  ? `${Front["length"]}` extends `${Axes}`
    ? readonly [...Kept<Keep>, ...Without<Rest, Axes, Keep, readonly [...Front, 0]>]
    : `-${[0, ...Rest]["length"]}` extends `${Axes}`
      ? readonly [...Kept<Keep>, ...Without<Rest, Axes, Keep, readonly [...Front, 0]>]
      : readonly [X, ...Without<Rest, Axes, Keep, readonly [...Front, 0]>]
  : readonly [];
type Kept<Keep extends boolean> = Keep extends true ? readonly [1] : readonly [];
type AllAxes<S extends Shape, Keep extends boolean> = Keep extends true ? { readonly [K in keyof S]: 1 } : readonly [];

/** `false` unless the options say otherwise; `boolean` when only known at run time. */
type KeepOf<O> = O extends { readonly keepDims: infer K extends boolean } ? K : false;
type AxesOf<O> = O extends { readonly axes: infer A extends readonly number[] } ? A : undefined;

/** Shape of `sum(x, options)`. */
export type ReducedShape<S extends Shape, O extends ReduceOptions> =
  boolean extends KeepOf<O>
    ? Shape
    : AxesOf<O> extends readonly number[]
      ? number extends S["length"] | AxesOf<O>["length"] | AxesOf<O>[number]
        ? Shape
        : Without<S, AxesOf<O>[number], KeepOf<O>>
      : number extends S["length"]
        ? KeepOf<O> extends true
          ? Shape
          : readonly []
        : AllAxes<S, KeepOf<O>>;

type Reducer<Types extends DType> = <
  const S extends Shape,
  D extends Types,
  const O extends ReduceOptions = Record<never, never>,
>(
  x: Tensor<S, D>,
  options?: O,
) => Tensor<ReducedShape<S, O>, D>;

type Name = "sum" | "mean" | "max" | "min";

function reducer<Types extends DType>(name: Name): Reducer<Types> {
  return ((x: Tensor, options: ReduceOptions = {}) => reduce(name, x, options)) as Reducer<Types>;
}

/**
 * Sum over axes, in a fixed order; f32 rounds about as often as a pairwise sum.
 *
 * ```ts
 * const perChannel = sum(x, { axes: [0, 1] }); // x [B, N, C] -> [C]
 * ```
 */
export const sum: Reducer<DType> = reducer("sum");

/** Arithmetic mean over axes; see `sum`. Floats only. */
export const mean: Reducer<"f32" | "f16"> = reducer("mean");

/** Largest value over axes. Equal largest values share the gradient evenly. */
export const max: Reducer<DType> = reducer("max");

/** Smallest value over axes. Equal smallest values share the gradient evenly. */
export const min: Reducer<DType> = reducer("min");

function reduce(name: Name, x: Tensor, options: ReduceOptions): Tensor {
  if (name === "mean") expectDType(name, "x", x.dtype, "f32", "f16");
  const axes = [...new Set((options.axes ?? [...x.shape.keys()]).map((axis) => normalizeAxis(name, x.shape, axis)))];
  const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const shape = options.keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  const y = reduceAxes(name, x, axes, shape);
  return derive(name, { x }, y, (dy) => ({ x: spread(name, dy, x, viewAs(name, y, kept), kept) }));
}

/** dx: dy over every value of a sum, dy/n of a mean; of an extreme, over the values equal to it. */
function spread(name: Name, dy: Tensor, x: Tensor, y: Tensor, kept: Shape): Tensor {
  const narrow = reshape(dy, kept);
  if (name === "sum") return broadcastTo(narrow, x.shape);
  if (name === "mean") return broadcastTo(mul(narrow, y.size / x.size), x.shape);
  const hits = castTo(apply("equal", x, y), x.dtype);
  const reduced = [...kept.keys()].filter((axis) => kept[axis] !== x.shape[axis]);
  return apply("mul", hits, apply("div", narrow, reduceAxes("sum", hits, reduced, kept)));
}

/** Index of the largest value along an axis, the first of equals, as u32. @returns x's shape without the axis */
export function argmax<const S extends Shape>(x: Tensor<S>, axis = -1): Tensor<Shape, "u32"> {
  return arg("argmax", "max", x, axis);
}

/** Index of the smallest value along an axis, the first of equals, as u32. @returns x's shape without the axis */
export function argmin<const S extends Shape>(x: Tensor<S>, axis = -1): Tensor<Shape, "u32"> {
  return arg("argmin", "min", x, axis);
}

function arg(op: string, which: "max" | "min", x: Tensor, axis: number): Tensor<Shape, "u32"> {
  if (x.rank === 0) throw new ShapeError(op, `needs an axis, got ${show(x.shape)}`);
  const front = normalizeAxis(op, x.shape, axis);
  const dims = {
    outer: sizeOf(x.shape.slice(0, front)),
    length: x.shape[front] ?? 1,
    inner: sizeOf(x.shape.slice(front + 1)),
  };
  const y = x.device.empty(op, x.shape.toSpliced(front, 1), "u32");
  x.device.launch(op, argmaxLaunch(which, dims, x.dtype), [x, y]);
  return y;
}
