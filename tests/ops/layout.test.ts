import { concat, flip, pad, permute, type Range, slice, type Tensor, tensor, transpose } from "@snnmlp/tensor";
import { expect, expectTypeOf, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { checkOp, testDevices } from "../support/check-op.js";

type Named = Readonly<Record<string, Tensor>>;
const f32 = (t: Tensor | undefined) => t as Tensor<readonly number[], "f32">;
const product = (shape: readonly number[]): number => shape.reduce((total, dim) => total * dim, 1);
const given = (shape: readonly number[], seed = 1) => ({ shape, values: noise(product(shape), seed) });
const counting = (shape: readonly number[]) => Float64Array.from({ length: product(shape) }, (_, i) => i);

test.each([
  [
    [5, 7],
    [1, 0],
  ],
  [
    [2, 3, 4, 8],
    [0, 2, 1, 3],
  ],
  [
    [2, 3, 4],
    [2, 0, 1],
  ],
  [[3], [0]],
])("permute %j by %j", async (shape, order) => {
  await checkOp(({ x }: Named) => permute(f32(x), order), { x: given(shape) }, ["x"]);
});

test("transpose swaps the last two axes", async () => {
  await checkOp(({ x }: Named) => transpose(f32(x)), { x: given([2, 3, 5]) }, ["x"]);
  const { tuned } = await testDevices();
  expect([...(await transpose(tensor(tuned, [1, 2, 3, 4, 5, 6], [2, 3])).read())]).toEqual([1, 4, 2, 5, 3, 6]);
});

test.each<[number[], (Range | null)[]]>([
  [[5, 7], [[1, 4]]],
  [
    [5, 7],
    [null, [-3, 7]],
  ],
  [
    [9, 8],
    [
      [0, 9, 2],
      [4, 8],
    ],
  ],
  [
    [2, 7, 8],
    [null, [1, 100, 3], null],
  ],
])("slice %j by %j", async (shape, ranges) => {
  await checkOp(({ x }: Named) => slice(f32(x), ranges), { x: given(shape) }, ["x"]);
});

test("slices take NumPy's elements", async () => {
  const { naive, tuned, oracle } = await testDevices();
  for (const device of [naive, tuned, oracle]) {
    const x = tensor(device, counting([4, 5]), [4, 5]);
    expect([
      ...(await slice(x, [
        [1, 4, 2],
        [-2, 5],
      ]).read()),
    ]).toEqual([8, 9, 18, 19]);
    expect([
      ...(await flip(
        slice(x, [
          [0, 2],
          [0, 2],
        ]),
        [1],
      ).read()),
    ]).toEqual([1, 0, 6, 5]);
  }
});

test.each([
  [[5], [0]],
  [
    [3, 4, 8],
    [0, 1],
  ],
  [[3, 4, 8], [-1]],
])("flip %j along %j", async (shape, axes) => {
  await checkOp(({ x }: Named) => flip(f32(x), axes), { x: given(shape) }, ["x"]);
});

test.each([
  [
    [
      [2, 3],
      [4, 3],
    ],
    0,
  ],
  [
    [
      [2, 4, 8],
      [2, 4, 4],
      [2, 4, 12],
    ],
    -1,
  ],
  [
    [
      [3, 1, 5],
      [3, 2, 5],
    ],
    1,
  ],
])("concat %j along %i", async (shapes, axis) => {
  const inputs = Object.fromEntries(shapes.map((shape, i) => [`t${i}`, given(shape, i + 1)]));
  await checkOp((named: Named) => concat(Object.values(named).map(f32), axis), inputs, Object.keys(inputs));
});

test.each([
  [[3], [[1, 2]]],
  [
    [3, 5],
    [
      [0, 2],
      [3, 0],
    ],
  ],
  [
    [2, 4, 8],
    [
      [1, 1],
      [0, 0],
      [4, 4],
    ],
  ],
] as [number[], [number, number][]][])("pad %j by %j", async (shape, widths) => {
  await checkOp(({ x }: Named) => pad(f32(x), widths, -0.5), { x: given(shape) }, ["x"]);
});

test("shapes are checked by the compiler and at run time", async () => {
  const { oracle } = await testDevices();
  const x = tensor(oracle, noise(24), [2, 3, 4]);
  expectTypeOf(permute(x, [2, 0, 1])).toEqualTypeOf<Tensor<readonly [4, 2, 3], "f32">>();
  expectTypeOf(transpose(x)).toEqualTypeOf<Tensor<readonly [2, 4, 3], "f32">>();
  expectTypeOf(slice(x, [null, [0, 2]])).toEqualTypeOf<Tensor<readonly [2, number, 4], "f32">>();
  expectTypeOf(concat([x, x], 0)).toEqualTypeOf<Tensor<readonly [number, number, number], "f32">>();
  expectTypeOf(flip(x, [0])).toEqualTypeOf<Tensor<readonly [2, 3, 4], "f32">>();
  // @ts-expect-error two axes for three
  expect(() => permute(x, [1, 0])).toThrow("permute: order [1, 0] must name each axis of [2, 3, 4] once");
  expect(() => permute(x, [0, 1, 1])).toThrow("permute: order [0, 1, 1] must name each axis of [2, 3, 4] once");
  expect(() => slice(x, [[2, 2]])).toThrow("range [2, 2, 1] of axis 0 in [2, 3, 4] holds no element");
  expect(() => slice(x, [[1, 0, -1]])).toThrow("has a step below 1; flip() walks backwards");
  expect(() => concat([x, tensor(oracle, noise(2), [1, 1, 2])], 0)).toThrow(
    "concat: part 1 is f32 [1, 1, 2], which does not join f32 [2, 3, 4] along axis 0",
  );
  // @ts-expect-error a width per axis
  expect(() => pad(x, [[1, 1]])).toThrow("pad: needs a [before, after] of whole numbers for each axis of [2, 3, 4]");
  // @ts-expect-error axes 2 and 1 are swapped
  const y: Tensor<readonly [2, 3, 4], "f32"> = transpose(x);
  expect(y.shape).toEqual([2, 4, 3]);
  expect(() => transpose(tensor(oracle, [1], [1]))).toThrow("transpose: needs two axes, got [1]");
  const seven = tensor(oracle, noise(128), [2, 2, 2, 2, 2, 2, 2]);
  expect(() => permute(seven, [6, 5, 4, 3, 2, 1, 0])).toThrow(
    "copy: 7 axes that cannot be walked as one, kernels take 6; reshape() neighbours into one",
  );
});
