import { ShapeError } from "./errors.js";

/** Sizes of a tensor's axes, outermost first. Literal sizes are checked by the compiler, `number` at run time. */
export type Shape = readonly number[];

/**
 * `unknown` when two sizes may agree, otherwise a type no argument has, whose text the compiler prints.
 * Intersect it with an argument's type: `b: Tensor<[K2, N]> & Agree<K, K2, "inner dims differ">`.
 */
export type Agree<A extends number, B extends number, What extends string> = number extends A
  ? unknown
  : number extends B
    ? unknown
    : [A] extends [B]
      ? unknown
      : { readonly shapeError: `${What}: ${A} vs ${B}` };

/** The size of the last (-1) or second to last (-2) axis; `number` when the compiler cannot know. */
export type Axis<S extends Shape, I extends -1 | -2> = S extends readonly [
  ...Shape,
  infer P extends number,
  infer L extends number,
]
  ? I extends -1
    ? L
    : P
  : I extends -1
    ? S extends readonly [...Shape, infer L extends number]
      ? L
      : number
    : number;

/** All axes but the last one or two. */
export type Leading<S extends Shape, Dropped extends 1 | 2> = Dropped extends 2
  ? S extends readonly [...infer B extends Shape, number, number]
    ? B
    : Shape
  : S extends readonly [...infer B extends Shape, number]
    ? B
    : Shape;

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const dim of shape) size *= dim;
  return size;
}

/** `[2, 3]`, for errors. */
export const show = (shape: Shape): string => `[${shape.join(", ")}]`;

/** Whether two shapes are the same. */
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((dim, i) => dim === b[i]);

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const dim of [...shape].reverse()) {
    strides.unshift(stride);
    stride *= dim;
  }
  return strides;
}

/** The size of one axis; negative axes count from the end. Out of range is a ShapeError. */
export function dimOf(op: string, shape: Shape, axis: number): number {
  const dim = shape.at(axis);
  if (dim === undefined || !Number.isInteger(axis)) {
    throw new ShapeError(op, `axis ${axis} is out of range for shape ${show(shape)}`);
  }
  return dim;
}

/** An axis counted from the front. */
export function normalizeAxis(op: string, shape: Shape, axis: number): number {
  dimOf(op, shape, axis);
  return axis < 0 ? axis + shape.length : axis;
}

/** Throws unless every size is a positive integer and the tensor has fewer than 2^31 elements. */
export function validateShape(op: string, shape: Shape): void {
  for (const dim of shape) {
    if (!Number.isInteger(dim) || dim < 1) {
      throw new ShapeError(
        op,
        `shape ${show(shape)} has a size that is not a positive integer; empty tensors do not exist`,
      );
    }
  }
  if (sizeOf(shape) >= 2 ** 31) throw new ShapeError(op, `shape ${show(shape)} has 2^31 elements or more; split it`);
}
