import type { Tensor } from "@snnmlp/tensor";
import fc from "fast-check";
import { noise } from "../kernels/run-launch.js";
import { checkOp, type Given, type Op } from "./check-op.js";

type Named = Readonly<Record<string, Tensor>>;
export type Floats = Tensor<readonly number[], "f32">;

/** An input by name, as the dtype the test gave it. */
export const f32 = (inputs: Named, name: string): Floats => inputs[name] as Floats;
export const u32 = (inputs: Named, name: string) => inputs[name] as Tensor<readonly number[], "u32">;

/** One op on inputs that were drawn, and the inputs it can be differentiated by; see `checkOp`. */
export interface Drawn {
  readonly op: Op;
  readonly given: Readonly<Record<string, Given>>;
  readonly differentiable: readonly string[];
  readonly slopes?: boolean;
}

/**
 * A property: `build` makes an op and its inputs of whatever `cases` draws, and all of `checkOp` must hold of it. Seeds are
 * fixed; a failure prints the case.
 */
export const property =
  <P>(cases: fc.Arbitrary<P>, build: (drawn: P) => Drawn, numRuns = 30) =>
  (): Promise<void> =>
    fc.assert(
      fc.asyncProperty(cases, async (drawn) => {
        const { op, given, differentiable, slopes = true } = build(drawn);
        await checkOp(op, given, differentiable, { slopes });
      }),
      { numRuns, seed: 20_220_328, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true },
    );

export const product = (shape: readonly number[]): number => shape.reduce((total, dim) => total * dim, 1);

/** Sizes where kernels change their ways: 1, primes, and both sides of vectors, subgroups and tiles. */
export const size = fc.constantFrom<number[]>(1, 2, 3, 4, 5, 7, 8, 12, 13, 31, 32, 33, 63, 64, 65);
const small = fc.constantFrom<number[]>(1, 2, 3, 4, 5, 7, 8, 12, 13);

/** Up to four axes and 600 elements; now and then one axis is an edge of a tile. */
export const shapes = (minLength = 0): fc.Arbitrary<number[]> =>
  fc
    .tuple(fc.array(small, { minLength, maxLength: 4 }), fc.nat(3), fc.option(size))
    .map(([shape, axis, edge]) => (edge && axis < shape.length ? shape.with(axis, edge) : shape))
    .filter((shape) => product(shape) <= 600);

/** A shape, and something drawn from it. */
export const shapeAnd = <T>(minLength: number, of: (shape: readonly number[]) => fc.Arbitrary<T>) =>
  shapes(minLength).chain((shape) => of(shape).map((drawn) => ({ shape, drawn })));

/** A shape that broadcasts to `shape`: some axes 1, some leading axes gone. */
export const narrower = (shape: readonly number[]): fc.Arbitrary<number[]> =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), fc.nat(shape.length))
    .map(([ones, drop]) => shape.map((dim, axis) => (ones[axis] ? 1 : dim)).slice(drop));

/** Values in [-1, 1). */
export const uniform = (shape: readonly number[], seed = 1): Given => ({ shape, values: noise(product(shape), seed) });

/** Values at least 0.01 from whole numbers and halves and all different: no slope jumps, extremes are unique. */
export function smooth(shape: readonly number[], seed = 1): Given {
  const count = product(shape);
  const spread = (i: number) => 0.06 + 0.3 * (((i * 7919) % count) / count);
  return { shape, values: noise(count, seed).map((x, i) => Math.round(4 * x) / 2 + spread(i)) };
}

/** `smooth` without a sign. */
export const positive = (shape: readonly number[], seed = 1): Given => ({
  shape,
  values: smooth(shape, seed).values.map(Math.abs),
});
