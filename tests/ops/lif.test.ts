import { type LifOptions, lif, type Tensor, tensor } from "@snnmlp/tensor";
import { expect, expectTypeOf, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { checkOp, testDevices } from "../support/check-op.js";

type Named = Readonly<Record<string, Tensor>>;
const f32 = (t: Tensor | undefined) => t as Tensor<readonly number[], "f32">;
const tau = { shape: [1], values: Float64Array.of(0.5) };
const vth = { shape: [1], values: Float64Array.of(0.25) };

/** Multiples of 1/8 shifted off the grid: with tau 1/2 no membrane of a group of four comes within 1/400 of the threshold. */
function gridInput(shape: readonly number[]) {
  const size = shape.reduce((a, b) => a * b);
  return { shape, values: noise(size, 5).map((x) => Math.round(8 * x) / 8 + 1 / 150) };
}

test.each<[number[], LifOptions]>([
  [[2, 8, 5, 4], { axis: 1, group: 4 }],
  [[2, 5, 7, 4], { axis: 2, group: 4 }],
  [[2, 3, 3, 3], { axis: 1, group: 4 }],
  [[1, 14, 2, 12], { axis: -3, group: 3 }],
  [[7], { axis: 0, group: 1 }],
])("lif of %j with %j", async (shape, options) => {
  const op = ({ x, tau, vth }: Named) => lif(f32(x), f32(tau), f32(vth), options);
  await checkOp(op, { x: gridInput(shape), tau, vth }, ["x", "tau", "vth"]);
});

test("a group of -1 is the identity", async () => {
  const op = ({ x, tau, vth }: Named) => lif(f32(x), f32(tau), f32(vth), { axis: 1, group: -1 });
  await checkOp(op, { x: gridInput([2, 6, 3, 4]), tau, vth }, ["x", "tau", "vth"]);
});

test("shapes and options are checked", async () => {
  const { oracle } = await testDevices();
  const x = tensor(oracle, noise(24), [1, 2, 3, 4]);
  const one = tensor(oracle, [0.25], [1]);
  const four = tensor(oracle, noise(4), [4]);
  expectTypeOf(lif(x, one, one, { axis: 1, group: 4 })).toEqualTypeOf<Tensor<readonly [1, 2, 3, 4], "f32">>();
  expect(() => lif(x, four, one, { axis: 1, group: 4 })).toThrow("lif: tau must have one element, got [4]");
  expect(() => lif(x, one, one, { axis: 4, group: 4 })).toThrow("lif: axis 4 is out of range for shape [1, 2, 3, 4]");
  expect(() => lif(x, one, one, { axis: 1, group: 0 })).toThrow(
    "lif: group must be a positive integer, or -1 for y = x, got 0",
  );
  expect(() => lif(x, one, one, { axis: 1, group: 4, alpha: 0 })).toThrow("lif: alpha must be positive, got 0");
  expect(() => lif(x, one, one, { axis: 1, group: 4, surrogate: "step" as "none" })).toThrow(
    "lif: surrogate must be one of none, arctan, sigmoid, triangle, rectangle, superspike, got step",
  );
});
