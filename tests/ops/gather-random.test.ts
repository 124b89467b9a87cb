import {
  addDropPath,
  dropPath,
  gather,
  oneHot,
  type RandomKey,
  randomBernoulli,
  randomIntegers,
  randomKey,
  randomNormal,
  randomUniform,
  type Tensor,
  tensor,
} from "@snnmlp/tensor";
import { expect, expectTypeOf, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { checkOp, testDevices } from "../support/check-op.js";

type Named = Readonly<Record<string, Tensor>>;
const f32 = (t: Tensor | undefined) => t as Tensor<readonly number[], "f32">;
const u32 = (t: Tensor | undefined) => t as Tensor<readonly number[], "u32">;
const index = { shape: [2, 3], values: Float64Array.of(4, 0, 4, 1, 9, 2), dtype: "u32" as const };
const key = { shape: [2], values: Float64Array.of(7, 3), dtype: "u32" as const };

test.each([
  [[5, 3], 0],
  [[5, 8], 0],
  [[3, 5, 4], 1],
  [[7, 6], -1],
])("gather from %j along %i", async (shape, axis) => {
  const x = { shape, values: noise(shape.reduce((a, b) => a * b, 1)) };
  await checkOp(({ x, index }: Named) => gather(f32(x), u32(index), axis), { x, index }, ["x"]);
});

test("oneHot", async () => {
  await checkOp(({ index }: Named) => oneHot(u32(index), 5), { index }, []);
  await checkOp(({ index }: Named) => oneHot(u32(index), 5, { on: 0.9, off: 0.025 }), { index }, []);
});

test.each([[[1, 1]], [[5, 3, 3]], [[6, 4, 4]]])("dropPath of %j", async (shape) => {
  const size = shape.reduce((a, b) => a * b, 1);
  const x = { shape, values: noise(size) };
  const options = { rate: 0.4, stream: 2 };
  const asKey = (t: Tensor | undefined) => t as RandomKey;
  await checkOp(({ x, key }: Named) => dropPath(f32(x), asKey(key), options), { x, key }, ["x"]);
  const residual = { shape, values: noise(size, 2) };
  const op = ({ residual, x, key }: Named) => addDropPath(f32(residual), f32(x), asKey(key), options);
  await checkOp(op, { residual, x, key }, ["residual", "x"]);
});

test("the same key draws the same numbers everywhere, the next step others", async () => {
  const { oracle, naive, tuned } = await testDevices();
  const drawn = async (device: typeof oracle, step: number) => {
    const key = randomKey(device, 42, step);
    const options = { stream: 5 };
    const all = [
      randomUniform(key, [9], options),
      randomBernoulli(key, [9], { p: 0.5, ...options }),
      randomIntegers(key, [9], { low: -5, high: 5, ...options }),
    ];
    return (await Promise.all(all.map((t) => t.read()))).map((values) => [...values]);
  };
  const first = await drawn(tuned, 0);
  expect(await drawn(oracle, 0)).toEqual(first);
  expect(await drawn(naive, 0)).toEqual(first);
  expect(await drawn(tuned, 1)).not.toEqual(first);
  const normal = await randomNormal(randomKey(tuned, 1), [1000], { mean: 3, std: 0.5 }).read();
  expect(normal.reduce((sum, x) => sum + x, 0) / 1000).toBeCloseTo(3, 1);
});

test("arguments are checked", async () => {
  const { oracle } = await testDevices();
  const key = randomKey(oracle, 1);
  const x = tensor(oracle, noise(6), [2, 3]);
  const rows = tensor(oracle, [1, 0, 1, 1], [2, 2], "u32");
  expectTypeOf(gather(x, rows)).toEqualTypeOf<Tensor<readonly [2, 2, 3], "f32">>();
  expectTypeOf(oneHot(rows, 4)).toEqualTypeOf<Tensor<readonly [2, 2, 4], "f32">>();
  expectTypeOf(randomUniform(key, [2, 3])).toEqualTypeOf<Tensor<readonly [2, 3], "f32">>();
  // @ts-expect-error an index is whole
  expect(() => gather(x, x)).toThrow("gather: index must be u32 or i32, got f32");
  // @ts-expect-error a key has two words
  expect(() => randomUniform(rows, [3])).toThrow(
    "randomUniform: key must be [2] (seed, step) from randomKey(), got [2, 2]",
  );
  expect(() => randomKey(oracle, -1)).toThrow("randomKey: seed and step must be integers in 0..2^32-1, got -1 and 0");
  expect(() => randomUniform(key, [3], { low: 2, high: 1 })).toThrow("randomUniform: low 2 must be below high 1");
  expect(() => randomBernoulli(key, [3], { p: 2 })).toThrow("randomBernoulli: p must be in 0..1, got 2");
  expect(() => dropPath(x, key, { rate: 1, stream: 0 })).toThrow("dropPath: rate must be in [0, 1), got 1");
  // @ts-expect-error another shape
  expect(() => addDropPath(x, tensor(oracle, noise(2), [2]), key, { rate: 0, stream: 0 })).toThrow(
    "addDropPath: residual [2, 3] must have the shape of x [2]",
  );
});
