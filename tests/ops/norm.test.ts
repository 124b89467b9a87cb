import { groupNorm, layerNorm, type Tensor, tensor } from "@snnmlp/tensor";
import { expect, expectTypeOf, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { checkOp, testDevices } from "../support/check-op.js";

type Named = Readonly<Record<string, Tensor>>;
const f32 = (t: Tensor | undefined) => t as Tensor<readonly number[], "f32">;

function given(shape: readonly number[]) {
  const C = shape.at(-1) ?? 1;
  return {
    x: { shape, values: noise(shape.reduce((a, b) => a * b)).map((x) => 2 * x + 0.3) },
    gamma: { shape: [C], values: noise(C, 2).map((g) => g + 1) },
    beta: { shape: [C], values: noise(C, 3) },
  };
}

test.each([
  [[1, 1, 3], 1],
  [[3, 7, 5, 12], 1],
  [[2, 13, 24], 3],
  [[2, 9, 9, 32], 1],
])("groupNorm of %j in %i groups", async (shape, groups) => {
  for (const activation of [undefined, "gelu"] as const) {
    const options = activation ? { activation } : {};
    const op = ({ x, gamma, beta }: Named) => groupNorm(f32(x), groups, f32(gamma), f32(beta), options);
    await checkOp(op, given(shape), ["x", "gamma", "beta"]);
  }
});

test.each([[[5]], [[1, 7]], [[31, 96]], [[3, 5, 257]]])("layerNorm of %j", async (shape) => {
  const op = ({ x, gamma, beta }: Named) => layerNorm(f32(x), f32(gamma), f32(beta), { eps: 1e-3 });
  await checkOp(op, given(shape), ["x", "gamma", "beta"]);
});

test("shapes are checked by the compiler and at run time", async () => {
  const { oracle } = await testDevices();
  const x = tensor(oracle, noise(24), [2, 3, 4]);
  const four = tensor(oracle, noise(4), [4]);
  const five = tensor(oracle, noise(5), [5]);
  expectTypeOf(groupNorm(x, 1, four, four)).toEqualTypeOf<Tensor<readonly [2, 3, 4], "f32">>();
  expectTypeOf(layerNorm(x, four, four)).toEqualTypeOf<Tensor<readonly [2, 3, 4], "f32">>();
  // @ts-expect-error gamma has other channels
  expect(() => groupNorm(x, 1, five, four)).toThrow(
    "groupNorm: gamma must be [4], the channels of x [2, 3, 4], got [5]",
  );
  // @ts-expect-error beta has other channels
  expect(() => layerNorm(x, four, five)).toThrow("layerNorm: beta must be [4], the channels of x [2, 3, 4], got [5]");
  expect(() => groupNorm(x, 3, four, four)).toThrow(
    "groupNorm: groups must divide the 4 channels of x [2, 3, 4], got 3",
  );
  expect(() => groupNorm(four, 1, four, four)).toThrow("groupNorm: x must be [B, ..., C], got [4]");
  expect(() => layerNorm(x, four, four, { eps: -1 })).toThrow("layerNorm: eps must be positive, got -1");
});
