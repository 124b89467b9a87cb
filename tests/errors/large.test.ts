import {
  adamw,
  add,
  argmax,
  broadcastTo,
  cast,
  type Device,
  gelu,
  greater,
  hyperparameters,
  max,
  mul,
  noClip,
  permute,
  randomKey,
  randomUniform,
  relu,
  reshape,
  scope,
  slice,
  sum,
  sumOfSquares,
  type Tensor,
  tensor,
  where,
  zeros,
} from "@snnmlp/tensor";
import { describe, expect, test } from "vitest";
import { testDevices } from "../support/check-op.js";

// One workgroup of 64 an element, or a vector of 4, fills the 65,535 groups WebGPU allows along an axis: beyond, grids fold.
const scalarEdge = 65_535 * 64;
const vectorEdge = 4 * scalarEdge;

/** Index of the first value that is not `expected(i)`, or -1. */
const firstWrong = (values: ArrayLike<number>, expected: (i: number) => number): number => {
  for (let i = 0; i < values.length; i++) if (values[i] !== expected(i)) return i;
  return -1;
};

/** Small whole numbers, so that f32 sums are exact. */
const value = (i: number): number => (i % 7) - 3;
const counted = (device: Device, n: number) =>
  tensor(
    device,
    Float32Array.from({ length: n }, (_, i) => value(i)),
    [n],
  );

describe.each(["naive", "tuned"] as const)("%s kernels", async (which) => {
  const device = (await testDevices())[which];

  const around = which === "tuned" ? [-1, 0, 1] : [1];

  test.each(around.map((by) => scalarEdge + by))("%i elements", async (n) => {
    using _all = scope(device);
    const x = counted(device, n);
    const wrong = async (y: Tensor, expected: (i: number) => number) => firstWrong(await y.read(), expected);
    expect(await wrong(add(x, x), (i) => 2 * value(i)), "add").toBe(-1);
    expect(await wrong(mul(x, 3), (i) => 3 * value(i)), "mul by a number").toBe(-1);
    expect(await wrong(relu(x), (i) => Math.max(0, value(i))), "relu").toBe(-1);
    expect(await wrong(cast(x, "i32"), value), "cast").toBe(-1);
    expect(await wrong(where(greater(x, 0), x, -1), (i) => (value(i) > 0 ? value(i) : -1)), "where").toBe(-1);
    expect(await wrong(broadcastTo(tensor(device, [5], [1]), [n]), () => 5), "broadcastTo").toBe(-1);
    expect(await wrong(slice(x, [[1, n]]), (i) => value(i + 1)), "slice").toBe(-1);
    const rows = n % 3 === 0 ? 3 : 1;
    const turned = permute(reshape(x, [rows, n / rows]), [1, 0]);
    expect(await wrong(turned, (i) => value((i % rows) * (n / rows) + Math.floor(i / rows))), "permute").toBe(-1);
    const total = Array.from({ length: n % 7 }, (_, i) => value(i)).reduce((a, b) => a + b, 0);
    expect(await sum(x).item(), "sum").toBe(total);
    expect(await max(x).item(), "max").toBe(3);
    expect(await argmax(x).item(), "argmax").toBe(6);
    const squares =
      28 * Math.floor(n / 7) + Array.from({ length: n % 7 }, (_, i) => value(i) ** 2).reduce((a, b) => a + b, 0);
    expect(Math.abs((await sumOfSquares(x).item()) - squares) / squares, "sumOfSquares").toBeLessThan(1e-6);
    const drawn = await randomUniform(randomKey(device, 1), [n]).read();
    expect(drawn.every((u) => u >= 0 && u < 1) && new Set(drawn.subarray(-1000)).size > 990, "randomUniform").toBe(
      true,
    );
  });

  test.each(around.map((by) => vectorEdge + 4 * by))("%i elements, by vectors", async (n) => {
    using _all = scope(device);
    const x = counted(device, n);
    expect(
      firstWrong(await add(x, x).read(), (i) => 2 * value(i)),
      "add",
    ).toBe(-1);
    const y = await gelu(x).read();
    const known = y.slice(0, 7);
    expect(
      firstWrong(y, (i) => known[i % 7] ?? 0),
      "gelu",
    ).toBe(-1);
  });

  test("an optimiser's slab past the edge", async () => {
    using _all = scope(device);
    const n = scalarEdge + 1;
    const [param, m, v, grad] = [counted(device, n), zeros(device, [n]), zeros(device, [n]), counted(device, n)];
    const hyper = tensor(
      device,
      hyperparameters({ lr: 0.5, weightDecay: 0, beta1: 0.9, beta2: 0.999, eps: 1e-8, step: 1 }),
      [8],
    );
    adamw({ param, m, v, grad, hyper, clip: noClip(device) });
    // The first step moves every parameter by the rate, against its gradient's sign.
    const after = await param.read();
    const off = after.findIndex((p, i) => Math.abs(p - (value(i) - 0.5 * Math.sign(value(i)))) > 1e-5);
    expect(off).toBe(-1);
  });
});
