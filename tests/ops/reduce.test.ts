import {
  argmax,
  argmin,
  broadcastTo,
  max,
  mean,
  min,
  type ReduceOptions,
  sum,
  type TapeEntry,
  type Tensor,
  tensor,
} from "@snnmlp/tensor";
import { describe, expect, expectTypeOf, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { checkOp, testDevices } from "../support/check-op.js";

type Named = Readonly<Record<string, Tensor>>;
const f32 = (t: Tensor | undefined) => t as Tensor<readonly number[], "f32">;
const product = (shape: readonly number[]): number => shape.reduce((total, dim) => total * dim, 1);

const cases: [number[], number[] | undefined][] = [
  [[], undefined],
  [[7], [0]],
  [[3, 5], undefined],
  [[6, 8], [0]],
  [
    [2, 3, 5, 4],
    [1, 2],
  ],
  [
    [2, 3, 5, 4],
    [0, 2],
  ],
  [
    [2, 3, 5, 4],
    [-1, 0],
  ],
  [
    [2, 1, 3, 1, 2, 3],
    [1, 2, 5],
  ],
  [[1, 300, 1], [0]],
];

type Reducer = (x: Tensor<readonly number[], "f32">, options?: ReduceOptions) => Tensor;
const reducers: Record<string, Reducer> = { sum, mean, max, min };

describe.each(Object.entries(reducers))("%s", (_, op) => {
  test.each(cases)("of %j over %j", async (shape, axes) => {
    const size = product(shape);
    // All different, so that the extremes are where differences cannot move them.
    const values = noise(size).map((x, i) => Math.round(4 * x) + ((i * 7919) % size) / size);
    const options = axes ? { axes } : {};
    await checkOp(({ x }: Named) => op(f32(x), options), { x: { shape, values } }, ["x"]);
    const kept = { ...options, keepDims: true };
    await checkOp(({ x }: Named) => op(f32(x), kept), { x: { shape, values } }, []);
  });
});

test("shapes are known to the compiler", async () => {
  const { oracle } = await testDevices();
  const x = tensor(oracle, noise(24), [2, 3, 4]);
  expectTypeOf(sum(x)).toEqualTypeOf<Tensor<readonly [], "f32">>();
  expectTypeOf(sum(x, { axes: [1] })).toEqualTypeOf<Tensor<readonly [2, 4], "f32">>();
  expectTypeOf(mean(x, { axes: [0, -1] })).toEqualTypeOf<Tensor<readonly [3], "f32">>();
  expectTypeOf(max(x, { axes: [-2], keepDims: true })).toEqualTypeOf<Tensor<readonly [2, 1, 4], "f32">>();
  expectTypeOf(min(x, { keepDims: true })).toEqualTypeOf<Tensor<readonly [1, 1, 1], "f32">>();
  expect(max(x, { axes: [-2], keepDims: true }).shape).toEqual([2, 1, 4]);
  expect(mean(x, { axes: [0, -1] }).shape).toEqual([3]);
  expect(() => sum(x, { axes: [3] })).toThrow("sum: axis 3 is out of range for shape [2, 3, 4]");
  // @ts-expect-error no mean of integers
  expect(() => mean(tensor(oracle, [1], [1], "i32"))).toThrow("mean: x must be f32 or f16, got i32");
});

test("equal extremes share the gradient", async () => {
  const { oracle } = await testDevices();
  const x = tensor(oracle, [1, 3, 3, 0], [4]);
  let entry: TapeEntry | undefined;
  oracle.tapes.push({ watches: () => true, record: (each) => (entry = each) });
  const y = max(x);
  oracle.tapes.pop();
  const { x: dx } = entry?.vjp([tensor(oracle, [2], [])], { x: true }, {}) ?? {};
  expect([...(await oracle.readExact(dx || y))]).toEqual([0, 1, 1, 0]);
});

test("argmax and argmin", async () => {
  const { oracle, naive, tuned } = await testDevices();
  for (const device of [oracle, naive, tuned]) {
    const x = tensor(device, [1, 5, 5, 7, 0, 7], [2, 3]);
    expect([...(await argmax(x).read())]).toEqual([1, 0]);
    expect([...(await argmin(x, 0).read())]).toEqual([0, 1, 0]);
  }
});

test("broadcastTo", async () => {
  for (const [from, to] of [
    [
      [3, 1],
      [2, 3, 4],
    ],
    [[1], [3, 5]],
    [[5], [5]],
    [
      [2, 1, 8],
      [2, 3, 8],
    ],
  ] as const) {
    const x = { shape: from, values: noise(product(from)) };
    await checkOp(({ x }: Named) => broadcastTo(f32(x), to), { x }, ["x"]);
  }
  const { oracle } = await testDevices();
  expect(() => broadcastTo(tensor(oracle, noise(6), [2, 3]), [3])).toThrow("broadcastTo: x [2, 3] is larger than [3]");
});
