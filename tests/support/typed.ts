import { type DType, full, openOracle, type Shape, ShapeError, type Tensor } from "@snnmlp/tensor";
import { expect } from "vitest";

const device = openOracle();

/** A tensor of ones whose sizes are literal types: `of(2, 3)` is `Tensor<readonly [2, 3], "f32">`. */
export const of = <const S extends Shape>(...shape: S): Tensor<S, "f32"> => full(device, shape, 1);

/** The same in another dtype. */
export const ofType = <const S extends Shape, D extends DType>(dtype: D, ...shape: S): Tensor<S, D> =>
  full(device, shape, 1, dtype);

/** A tensor of ones whose sizes the compiler does not know, nor how many there are. */
export const ofUnknown = (...shape: number[]): Tensor<readonly number[], "f32"> => full(device, shape, 1);

/** The run-time twin of a gate must refuse what the compiler refuses. */
export const refuses = (call: () => unknown): void => {
  expect(call).toThrow(ShapeError);
};
