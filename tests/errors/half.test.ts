import { valueAndGrad } from "@snnmlp/autograd";
import {
  abs,
  add,
  broadcastTo,
  cast,
  concat,
  div,
  flip,
  full,
  gelu,
  less,
  max,
  mean,
  mul,
  pad,
  permute,
  reshape,
  type Shape,
  scope,
  sigmoid,
  slice,
  sqrt,
  sum,
  type Tensor,
  tensor,
  transpose,
  where,
} from "@snnmlp/tensor";
import { describe, expect, test } from "vitest";
import { expectClose, noise } from "../kernels/run-launch.js";
import { testDevices } from "../support/check-op.js";

type Halves = Tensor<Shape, "f16">;
const { oracle, naive, tuned } = await testDevices();
const shape = [6, 13];

/** Ops that take f16, each of tensors `a` and positive `b`. */
const ops: Readonly<Record<string, (a: Halves, b: Halves) => Tensor>> = {
  add: (a, b) => add(a, b),
  "mul by a number": (a) => mul(a, 1.5),
  div: (a, b) => div(a, b),
  abs: (a) => abs(a),
  gelu: (a) => gelu(a),
  sigmoid: (a) => sigmoid(a),
  sqrt: (_, b) => sqrt(b),
  less: (a, b) => less(a, b),
  where: (a, b) => where(less(a, b), a, b),
  sum: (a) => sum(a, { axes: [0] }),
  mean: (a) => mean(a, { axes: [1] }),
  max: (a) => max(a),
  broadcastTo: (a) => broadcastTo(a, [2, ...shape]),
  permute: (a) => permute(a, [1, 0]),
  transpose: (a) => transpose(a),
  slice: (a) =>
    slice(a, [
      [1, 5],
      [0, 13, 3],
    ]),
  flip: (a) => flip(a, [1]),
  pad: (a) =>
    pad(a, [
      [1, 0],
      [2, 3],
    ]),
  concat: (a, b) => concat([a, b], 1),
  reshape: (a) => reshape(a, [13, 6]),
  "cast to f32": (a) => cast(a, "f32"),
  "cast to i32": (a) => cast(mul(a, 8), "i32"),
  "a constant": (a) => add(a, full(a.device, [13], 0.25, "f16")),
};

describe.each([naive, tuned].filter(({ capabilities }) => capabilities.f16))(
  "f16 with $profile.kernels kernels",
  (device) => {
    test.each(Object.entries(ops))("%s", async (_, op) => {
      const values = await roundedToHalf();
      const results = [];
      for (const each of [device, oracle]) {
        using _all = scope(each);
        const [a, b] = [tensor(each, values.a, shape, "f16"), tensor(each, values.b, shape, "f16")];
        const y = op(a, b);
        results.push({ dtype: y.dtype, shape: y.shape, values: await each.readExact(y) });
      }
      const [mine, right] = results;
      if (!mine || !right) throw new Error("internal: two results");
      expect([mine.dtype, mine.shape]).toEqual([right.dtype, right.shape]);
      expectClose(mine.values, right.values, mine.dtype === "f32" ? "f16" : mine.dtype, "y");
    });

    test("gradients flow through casts and f16 ops", async () => {
      using _all = scope(device);
      const x = tensor(device, [0.5, -1, 2], [3]) as Tensor<Shape, "f32">;
      const f = (p: Tensor<Shape, "f32">) => {
        const half = cast(p, "f16");
        return sum(cast(mul(half, half), "f32"));
      };
      const { value, gradient } = valueAndGrad(f)(x);
      expect(await value.item()).toBe(5.25);
      expect([...(await gradient.read())]).toEqual([1, -2, 4]);
    });

    /** Values that f16 holds exactly, so that both sides compute from the same numbers. */
    async function roundedToHalf() {
      using _all = scope(device);
      const round = async (numbers: Float64Array) => {
        const exact = await device.readExact(tensor(device, numbers, shape, "f16"));
        return exact;
      };
      return {
        a: await round(noise(78).map((x) => 3 * x)),
        b: await round(noise(78, 2).map((x) => Math.abs(x) + 0.5)),
      };
    }
  },
);

test("odd numbers of halves are read and written whole", async () => {
  if (!tuned.capabilities.f16) return;
  using _all = scope(tuned);
  for (const n of [1, 2, 3, 5, 7]) {
    const numbers = Array.from({ length: n }, (_, i) => i + 0.5);
    const x = tensor(tuned, numbers, [n], "f16");
    expect([...(await x.read())]).toEqual(numbers);
    x.write(numbers.map((v) => -v));
    expect([...(await add(x, 0).read())]).toEqual(numbers.map((v) => -v));
  }
});
