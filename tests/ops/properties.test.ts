import {
  add,
  type BinaryOp,
  broadcastTo,
  concat,
  div,
  dropPath,
  flip,
  gather,
  gelu,
  max,
  maximum,
  mean,
  min,
  mul,
  pad,
  permute,
  pow,
  type RandomKey,
  type ReduceOptions,
  sigmoid,
  silu,
  slice,
  sub,
  sum,
  type Tensor,
  tanh,
  where,
} from "@snnmlp/tensor";
import fc from "fast-check";
import { test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { checkOp } from "../support/check-op.js";

// Every property is the whole of `checkOp`: naive and tuned kernels give the oracle's values and gradients, and the
// oracle's gradients are its central differences. Shapes are random, the seed is fixed.
const runs = { numRuns: 40, seed: 20_220_328, endOnFailure: true } as const;

type Named = Readonly<Record<string, Tensor>>;
type Floats = Tensor<readonly number[], "f32">;
const f32 = (t: Tensor | undefined) => t as Floats;
const u32 = (t: Tensor | undefined) => t as Tensor<readonly number[], "u32">;
const product = (shape: readonly number[]): number => shape.reduce((total, dim) => total * dim, 1);

const size = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 12, 13);
const shapes = (minLength = 0) => fc.array(size, { minLength, maxLength: 4 }).filter((shape) => product(shape) <= 600);

/** A shape that broadcasts to `shape`: some axes 1, some leading axes gone. */
const narrower = (shape: readonly number[]) =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), fc.nat(shape.length))
    .map(([ones, drop]) => shape.map((dim, axis) => (ones[axis] ? 1 : dim)).slice(drop));

/** Values at least 0.01 from whole numbers and halves and all different, so that no slope jumps and extremes are unique. */
const smooth = (shape: readonly number[], seed = 1) => {
  const count = product(shape);
  return {
    shape,
    values: noise(count, seed).map((x, i) => Math.round(4 * x) / 2 + 0.06 + 0.3 * (((i * 7919) % count) / count)),
  };
};
const positive = (shape: readonly number[], seed = 1) => ({ shape, values: smooth(shape, seed).values.map(Math.abs) });

const binary: Record<string, BinaryOp<"f32">> = { add, sub, mul, div, pow, maximum };
test.each(Object.entries(binary))("%s broadcasts any shapes", async (_, op) => {
  const pairs = shapes().chain((shape) => fc.tuple(narrower(shape), narrower(shape)));
  await fc.assert(
    fc.asyncProperty(pairs, async ([a, b]) => {
      const given = { a: positive(a), b: { shape: b, values: positive(b, 2).values.map((x) => x + 0.013) } };
      await checkOp(({ a, b }: Named) => op(f32(a), f32(b)), given, ["a", "b"]);
    }),
    runs,
  );
});

test("where broadcasts any shapes", async () => {
  const triples = shapes().chain((shape) => fc.tuple(narrower(shape), narrower(shape), narrower(shape)));
  await fc.assert(
    fc.asyncProperty(triples, async ([c, a, b]) => {
      const condition = { shape: c, values: noise(product(c), 5).map((x) => +(x > 0)), dtype: "u32" as const };
      const op = ({ condition, a, b }: Named) => where(u32(condition), f32(a), f32(b));
      await checkOp(op, { condition, a: smooth(a), b: smooth(b, 2) }, ["a", "b"]);
    }),
    runs,
  );
});

const unary: Record<string, (x: Floats) => Tensor> = { gelu, silu, sigmoid, tanh };
test.each(Object.entries(unary))("%s of any shape", async (_, op) => {
  await fc.assert(
    fc.asyncProperty(shapes(), (shape) => checkOp(({ x }: Named) => op(f32(x)), { x: smooth(shape) }, ["x"])),
    runs,
  );
});

type Reducer = (x: Floats, options?: ReduceOptions) => Tensor;
const reducers: Record<string, Reducer> = { sum, mean, max, min };
test.each(Object.entries(reducers))("%s over any axes", async (_, op) => {
  const cases = shapes().chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axes: fc.subarray([...shape.keys()]),
      keepDims: fc.boolean(),
    }),
  );
  await fc.assert(
    fc.asyncProperty(cases, ({ shape, axes, keepDims }) =>
      checkOp(({ x }: Named) => op(f32(x), { axes, keepDims }), { x: smooth(shape) }, ["x"]),
    ),
    runs,
  );
});

test("permute by any order", async () => {
  const cases = shapes(1).chain((shape) =>
    fc.tuple(fc.constant(shape), fc.shuffledSubarray([...shape.keys()], { minLength: shape.length })),
  );
  await fc.assert(
    fc.asyncProperty(cases, ([shape, order]) =>
      checkOp(({ x }: Named) => permute(f32(x), order), { x: smooth(shape) }, ["x"]),
    ),
    runs,
  );
});

test("slice any window, and flip it", async () => {
  const range = (dim: number) =>
    fc.tuple(fc.nat(dim - 1), fc.nat(dim - 1), fc.integer({ min: 1, max: 3 })).map(([a, b, step]) => {
      return [Math.min(a, b), Math.max(a, b) + 1, step] as const;
    });
  const cases = shapes(1).chain((shape) => fc.tuple(fc.constant(shape), fc.tuple(...shape.map(range))));
  await fc.assert(
    fc.asyncProperty(cases, async ([shape, ranges]) => {
      await checkOp(({ x }: Named) => slice(f32(x), ranges), { x: smooth(shape) }, ["x"]);
      await checkOp(({ x }: Named) => flip(f32(x), [0, -1]), { x: smooth(shape) }, ["x"]);
    }),
    runs,
  );
});

test("pad by any widths, and join along any axis", async () => {
  const width = fc.tuple(fc.nat(4), fc.nat(4));
  const cases = shapes(1).chain((shape) =>
    fc.tuple(fc.constant(shape), fc.array(width, { minLength: shape.length, maxLength: shape.length }), size),
  );
  await fc.assert(
    fc.asyncProperty(cases, async ([shape, widths, more]) => {
      await checkOp(({ x }: Named) => pad(f32(x), widths, 0.25), { x: smooth(shape) }, ["x"]);
      const axis = more % shape.length;
      const given = { a: smooth(shape), b: smooth(shape.with(axis, more), 2) };
      await checkOp(({ a, b }: Named) => concat([f32(a), f32(b)], axis), given, ["a", "b"]);
    }),
    runs,
  );
});

test("broadcastTo any larger shape", async () => {
  const cases = shapes().chain((shape) => fc.tuple(fc.constant(shape), narrower(shape)));
  await fc.assert(
    fc.asyncProperty(cases, ([shape, from]) =>
      checkOp(({ x }: Named) => broadcastTo(f32(x), shape), { x: smooth(from) }, ["x"]),
    ),
    runs,
  );
});

test("gather along any axis, and drop paths", async () => {
  const cases = shapes(1).chain((shape) => fc.tuple(fc.constant(shape), fc.nat(shape.length - 1), shapes()));
  await fc.assert(
    fc.asyncProperty(cases, async ([shape, axis, indexShape]) => {
      const rows = indexShape.slice(0, 2);
      const dim = shape[axis] ?? 1;
      // One past the end now and then.
      const values = noise(product(rows), 3).map((x) => Math.floor(((x + 1) / 2) * (dim + 1)));
      const index = { shape: rows, values, dtype: "u32" as const };
      await checkOp(({ x, index }: Named) => gather(f32(x), u32(index), axis), { x: smooth(shape), index }, ["x"]);
      const key = { shape: [2], values: Float64Array.of(5, 6), dtype: "u32" as const };
      const drop = ({ x, key }: Named) => dropPath(f32(x), key as RandomKey, { rate: 0.5, stream: axis });
      await checkOp(drop, { x: smooth(shape), key }, ["x"]);
    }),
    runs,
  );
});
