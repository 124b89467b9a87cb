import { cumsum, type Tensor, tensor } from "@snnmlp/tensor";
import { expect, expectTypeOf, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { checkOp, testDevices } from "../support/check-op.js";

type Named = Readonly<Record<string, Tensor>>;
const f32 = (t: Tensor | undefined) => t as Tensor<readonly number[], "f32">;

test.each<[number[], number]>([
  [[1], 0],
  [[255], 0],
  [[256], -1],
  [[257], 0],
  [[3, 131], 1],
  [[131, 3], 0],
  [[2, 5, 67], 1],
])("cumsum of %j along axis %i, both ways", async (shape, axis) => {
  const x = { shape, values: noise(shape.reduce((a, b) => a * b)) };
  for (const reverse of [false, true]) {
    await checkOp(({ x }: Named) => cumsum(f32(x), { axis, reverse }), { x }, ["x"]);
  }
});

test("sums run from the first element, or from the last", async () => {
  const { tuned } = await testDevices();
  const x = tensor(tuned, [1, 2, 3, 4, 5, 6], [2, 3]);
  expect([...(await cumsum(x, { axis: 1 }).read())]).toEqual([1, 3, 6, 4, 9, 15]);
  expect([...(await cumsum(x, { axis: 0, reverse: true }).read())]).toEqual([5, 7, 9, 4, 5, 6]);
});

test("a long sum keeps its digits: added up one by one in f32, 100,000 tenths are off by 1e-4", async () => {
  const { tuned } = await testDevices();
  const tenths = new Float32Array(100_000).fill(0.1);
  const last = tenths.length * Math.fround(0.1);
  const y = await cumsum(tensor(tuned, tenths, [tenths.length]), { axis: 0 }).read();
  expect(Math.abs((y.at(-1) ?? 0) / last - 1)).toBeLessThan(1e-5);
});

test("shape, axis and dtype are checked", async () => {
  const { oracle } = await testDevices();
  const x = tensor(oracle, noise(6), [2, 3]);
  expectTypeOf(cumsum(x, { axis: 0 })).toEqualTypeOf<Tensor<readonly [2, 3], "f32">>();
  expect(() => cumsum(x, { axis: 2 })).toThrow("cumsum: axis 2 is out of range for shape [2, 3]");
  const integers = tensor(oracle, [1, 2], [2], "i32");
  // @ts-expect-error f32 only
  expect(() => cumsum(integers, { axis: 0 })).toThrow("cumsum: x must be f32, got i32");
});
