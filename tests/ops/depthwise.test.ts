import { depthwise, type Tensor, tensor } from "@snnmlp/tensor";
import { expect, expectTypeOf, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { checkOp, testDevices } from "../support/check-op.js";

type Named = Readonly<Record<string, Tensor>>;
const f32 = (t: Tensor | undefined) => t as Tensor<readonly number[], "f32">;

test.each([[[1, 1, 1, 1]], [[2, 7, 5, 4]], [[3, 4, 18, 3]]])("depthwise of %j", async (shape) => {
  const C = shape.at(-1) ?? 1;
  const given = {
    x: { shape, values: noise(shape.reduce((a, b) => a * b)) },
    weight: { shape: [3, 3, C], values: noise(9 * C, 2) },
    bias: { shape: [C], values: noise(C, 3) },
  };
  const op = ({ x, weight, bias }: Named) => depthwise(f32(x), f32(weight), f32(bias));
  await checkOp(op, given, ["x", "weight", "bias"]);
});

test("shapes are checked by the compiler and at run time", async () => {
  const { oracle } = await testDevices();
  const x = tensor(oracle, noise(24), [1, 2, 3, 4]);
  const weight = tensor(oracle, noise(36), [3, 3, 4]);
  const wrong = tensor(oracle, noise(45), [3, 3, 5]);
  const bias = tensor(oracle, noise(4), [4]);
  expectTypeOf(depthwise(x, weight, bias)).toEqualTypeOf<Tensor<readonly [1, 2, 3, 4], "f32">>();
  // @ts-expect-error weight has other channels
  expect(() => depthwise(x, wrong, bias)).toThrow(
    "depthwise: weight must be [3, 3, 4] for x [1, 2, 3, 4], got [3, 3, 5]",
  );
  expect(() => depthwise(tensor(oracle, noise(8), [2, 4]), weight, bias)).toThrow(
    "depthwise: x must be [B, H, W, C], got [2, 4]",
  );
});
