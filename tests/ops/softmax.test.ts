import { crossEntropy, logSoftmax, softmax, type Tensor, tensor } from "@snnmlp/tensor";
import { expect, expectTypeOf, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { checkOp, testDevices } from "../support/check-op.js";

type Named = Readonly<Record<string, Tensor>>;
const f32 = (t: Tensor | undefined) => t as Tensor<readonly number[], "f32">;
const i32 = (t: Tensor | undefined) => t as Tensor<readonly number[], "i32">;

test.each([[[1]], [[3, 10]], [[2, 5, 17]], [[4, 129]]])("softmax and logSoftmax of %j", async (shape) => {
  const x = { shape, values: noise(shape.reduce((a, b) => a * b)).map((value) => 4 * value) };
  await checkOp(({ x }: Named) => softmax(f32(x)), { x }, ["x"]);
  await checkOp(({ x }: Named) => logSoftmax(f32(x)), { x }, ["x"]);
});

test.each([
  [1, 1],
  [5, 10],
  [70, 31],
  [3, 200],
])("crossEntropy of %i x %i", async (R, K) => {
  const logits = { shape: [R, K], values: noise(R * K).map((value) => 4 * value) };
  const labels = { shape: [R], values: Float64Array.from({ length: R }, (_, r) => (7 * r) % K), dtype: "i32" as const };
  const soft = { shape: [R, K], values: noise(R * K, 2).map(Math.abs) };
  for (const options of [{}, { labelSmoothing: 0.1 }, { reduction: "none" }] as const) {
    await checkOp(({ logits, labels }: Named) => crossEntropy(f32(logits), i32(labels), options), { logits, labels }, [
      "logits",
    ]);
    await checkOp(({ logits, soft }: Named) => crossEntropy(f32(logits), f32(soft), options), { logits, soft }, [
      "logits",
    ]);
  }
});

test("the loss of equal logits is log K", async () => {
  const { tuned } = await testDevices();
  const loss = crossEntropy(tensor(tuned, new Float32Array(30), [3, 10]), tensor(tuned, [0, 4, 9], [3], "u32"));
  expect(await loss.item()).toBeCloseTo(Math.log(10), 6);
});

test("shapes are checked by the compiler and at run time", async () => {
  const { oracle } = await testDevices();
  const logits = tensor(oracle, noise(12), [3, 4]);
  const labels = tensor(oracle, [0, 1, 2], [3], "u32");
  const two = tensor(oracle, [0, 1], [2], "u32");
  const soft = tensor(oracle, noise(15), [3, 5]);
  expectTypeOf(crossEntropy(logits, labels)).toEqualTypeOf<Tensor<readonly [], "f32">>();
  expectTypeOf(crossEntropy(logits, labels, { reduction: "none" })).toEqualTypeOf<Tensor<readonly [3], "f32">>();
  // @ts-expect-error two labels for three rows
  expect(() => crossEntropy(logits, two)).toThrow("crossEntropy: u32 targets must be [3] for logits [3, 4], got [2]");
  // @ts-expect-error five classes for four
  expect(() => crossEntropy(logits, soft)).toThrow(
    "crossEntropy: f32 targets must be [3, 4] for logits [3, 4], got [3, 5]; integer labels are u32 or i32",
  );
  expect(() => crossEntropy(labels as unknown as typeof logits, labels)).toThrow("crossEntropy: logits must be f32");
  expect(() => crossEntropy(logits, labels, { labelSmoothing: 2 })).toThrow(
    "crossEntropy: labelSmoothing must be between 0 and 1, got 2",
  );
});
