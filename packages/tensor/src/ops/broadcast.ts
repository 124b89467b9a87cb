import { broadcastShapes, broadcastStrides, copyLaunch } from "@snnmlp/kernels-wgsl";
import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive, viewAs } from "../op.js";
import { type Shape, sameShape, show, sizeOf, stridesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { reduceAxes } from "./reduce-axes.js";

/** The size two axes broadcast to; a size only known at run time gives way to a literal above 1. */
type JoinAxis<A extends number, B extends number> = A extends B
  ? A
  : [A] extends [1]
    ? B
    : [B] extends [1]
      ? A
      : number extends A
        ? B
        : number extends B
          ? A
          : never;

type Join<A extends Shape, B extends Shape, Done extends Shape = readonly []> = A extends readonly [
  ...infer P extends Shape,
  infer X extends number,
]
  ? B extends readonly [...infer Q extends Shape, infer Y extends number]
    ? Join<P, Q, readonly [JoinAxis<X, Y>, ...Done]>
    : readonly [...A, ...Done]
  : readonly [...B, ...Done];

/** The shape `a` and `b` broadcast to, NumPy's rule: aligned at the last axis, sizes equal or 1. */
export type BroadcastShape<A extends Shape, B extends Shape> = number extends A["length"] | B["length"]
  ? Shape
  : Join<A, B>;

/** `unknown` when two shapes may broadcast, else a type no argument has, whose text the compiler prints. */
export type Broadcasts<A extends Shape, B extends Shape> = number extends A["length"] | B["length"]
  ? unknown
  : HasNever<Join<A, B>> extends true
    ? { readonly shapeError: `shapes [${Text<A>}] and [${Text<B>}] do not broadcast: sizes must be equal or 1` }
    : unknown;

type HasNever<S extends Shape> = S extends readonly [infer X, ...infer Rest extends Shape]
  ? [X] extends [never]
    ? true
    : HasNever<Rest>
  : false;

type Text<S extends Shape> = S extends readonly [infer X extends number, ...infer Rest extends Shape]
  ? Rest extends readonly []
    ? `${X}`
    : `${X}, ${Text<Rest>}`
  : "";

/** Run-time twin of `Broadcasts`: the common shape. @throws ShapeError naming the axis that differs */
export function broadcastOf(op: string, a: Shape, b: Shape): Shape {
  const shape = broadcastShapes(a, b);
  if (shape) return shape;
  const rank = Math.min(a.length, b.length);
  const axis = Array.from({ length: rank }, (_, i) => -1 - i).find((i) => {
    const [x = 1, y = 1] = [a.at(i), b.at(i)];
    return x !== y && x !== 1 && y !== 1;
  });
  throw new ShapeError(
    op,
    `shapes ${show(a)} and ${show(b)} do not broadcast: axis ${axis} is ${a.at(axis ?? -1)} vs ${b.at(axis ?? -1)}; ` +
      "sizes must be equal or 1, reshape() one of them",
  );
}

/**
 * Repeats a tensor along new leading axes and along axes of size 1.
 *
 * @param shape what to repeat to; x [3, 1] broadcasts to [2, 3, 4]
 * @throws ShapeError when x does not broadcast to exactly `shape`
 */
export function broadcastTo<const S extends Shape, D extends DType>(x: Tensor<Shape, D>, shape: S): Tensor<S, D>;
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (!sameShape(broadcastOf("broadcastTo", x.shape, shape), shape)) {
    throw new ShapeError("broadcastTo", `x ${show(x.shape)} is larger than ${show(shape)}`);
  }
  const y = sizeOf(shape) === x.size ? viewAs("broadcastTo", x, shape) : repeated("broadcastTo", x, shape);
  return derive("broadcastTo", { x }, y, (dy) => ({ x: sumTo(dy, x.shape) }));
}

/** A larger copy with every value where broadcasting puts it. Not recorded. */
export function repeated(op: string, x: Tensor, shape: Shape): Tensor {
  const y = x.device.empty(op, shape, x.dtype);
  const box = {
    dims: shape,
    inStrides: broadcastStrides(shape, x.shape),
    inBase: 0,
    outStrides: stridesOf(shape),
    outBase: 0,
  };
  x.device.launch(op, copyLaunch(box, x.dtype, x.device.profile), [x, y]);
  return y;
}

/** Sums over the axes along which a tensor of `shape` was repeated: the gradient of broadcasting. */
export function sumTo(dy: Tensor, shape: Shape): Tensor {
  const lead = dy.rank - shape.length;
  const axes = dy.shape.flatMap((dim, axis) => (dim !== 1 && (shape[axis - lead] ?? 1) === 1 ? [axis] : []));
  return derive("sumTo", { dy }, reduceAxes("sum", dy, axes, shape), (ddy) => ({ dy: broadcastTo(ddy, dy.shape) }));
}
