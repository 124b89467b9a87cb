import { grad, noGrad, valueAndGrad } from "@snnmlp/autograd";
import {
  add,
  exp,
  gelu,
  matmul,
  mean,
  mul,
  reshape,
  type Shape,
  scope,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from "@snnmlp/tensor";
import { describe, expect, expectTypeOf, test } from "vitest";
import { testDevices } from "../support/check-op.js";

type Floats = Tensor<Shape, "f32">;
const values = async (t: Tensor) => [...(await t.read())];

describe.each(["oracle", "naive", "tuned"] as const)("on %s", async (which) => {
  const device = (await testDevices())[which];
  const vector = (...numbers: number[]): Floats => tensor(device, numbers, [numbers.length]);

  test("value and gradient of a sum of squares", async () => {
    using _all = scope(device);
    const { value, gradient } = valueAndGrad((x: Floats) => sum(square(x)))(vector(1, -2, 3));
    expect(await value.item()).toBe(14);
    expect(await values(gradient)).toEqual([2, -4, 6]);
  });

  test("gradients come in the nesting of the parameters, further arguments pass through", async () => {
    using _all = scope(device);
    const parameters = { w: vector(1, 2), deep: [vector(3, 4), { b: vector(5, 6) }] as const };
    const f = (p: typeof parameters, x: Floats, times: number) =>
      sum(mul(x, add(mul(p.w, times), mul(p.deep[0], p.deep[1].b))));
    const gradient = grad(f)(parameters, vector(10, 100), 7);
    expectTypeOf(gradient).toEqualTypeOf<typeof parameters>();
    expect(await values(gradient.w)).toEqual([70, 700]);
    expect(await values(gradient.deep[0])).toEqual([50, 600]);
    expect(await values(gradient.deep[1].b)).toEqual([30, 400]);
  });

  test("a parameter that is not used has a gradient of zeros", async () => {
    using _all = scope(device);
    const unused = tensor(device, [1, 2, 3, 4], [2, 2]) as Floats;
    const gradient = grad((p: { x: Floats; unused: Floats }) => sum(p.x))({ x: vector(1, 2), unused });
    expect(gradient.unused.shape).toEqual([2, 2]);
    expect(await values(gradient.unused)).toEqual([0, 0, 0, 0]);
    expect(await values(gradient.x)).toEqual([1, 1]);
  });

  test("gradients of a tensor that is used several times add up", async () => {
    using _all = scope(device);
    const x = vector(2, 3);
    expect(await values(grad((p: Floats) => sum(mul(p, p)))(x))).toEqual([4, 6]);
    expect(await values(grad((p: Floats) => sum(add(add(p, p), p)))(x))).toEqual([3, 3]);
    expect(await values(grad((p: Floats) => sum(mul(add(p, p), sub(p, 1))))(x))).toEqual([6, 10]);
    // The same tensor as two parameters: each gets the whole gradient.
    const both = grad((p: { a: Floats; b: Floats }) => sum(mul(p.a, p.b)))({ a: x, b: x });
    expect([await values(both.a), await values(both.b)]).toEqual([
      [4, 6],
      [4, 6],
    ]);
  });

  test("a loss that is its parameter, or does not depend on it", async () => {
    using _all = scope(device);
    expect(await values(grad((p: Floats) => p)(vector(5)))).toEqual([1]);
    const fixed = vector(3);
    expect(await values(grad((_: Floats) => mul(fixed, 2))(vector(5)))).toEqual([0]);
  });

  test("noGrad hides ops from every gradient around it", async () => {
    using _all = scope(device);
    const held = grad((p: Floats) =>
      sum(
        mul(
          p,
          noGrad(device, () => mul(p, 2)),
        ),
      ),
    );
    expect(await values(held(vector(3, 4)))).toEqual([6, 8]);
    expect(() =>
      noGrad(device, () => {
        throw new RangeError("mine");
      }),
    ).toThrow("mine");
    expect(device.tapes).toEqual([]);
  });

  test("a function that throws leaves no tape and no scope behind", () => {
    const { liveTensors } = device.stats;
    {
      using _all = scope(device);
      const x = vector(1);
      expect(() =>
        grad((p: Floats) => {
          mul(p, 2);
          throw new RangeError("mine");
        })(x),
      ).toThrow("mine");
      expect(device.tapes).toEqual([]);
    }
    expect(device.stats.liveTensors).toBe(liveTensors);
  });

  test("the gradient of a gradient", async () => {
    using _all = scope(device);
    const cube = (x: Floats) => mul(x, mul(x, x));
    const slope = (x: Floats) => grad((p: Floats) => sum(cube(p)))(x);
    expect(await values(grad((x: Floats) => sum(slope(x)))(vector(2, -3)))).toEqual([12, -18]);
    // Gradient penalty: d/dw |d/dx mean(x w)|^2 = 2 w_ij summed over rows of x.
    const x = tensor(device, [1, 2, 3, 4], [2, 2]) as Floats;
    const penalty = (w: Floats) => {
      const dx = grad((p: Floats) => sum(matmul(p, w)))(x);
      return sum(mul(dx, dx));
    };
    const w = tensor(device, [1, 2, 3, 4], [2, 2]) as Floats;
    // dx_ik = sum_j w_kj for both rows i: the penalty is 2 (3^2 + 7^2), its slope 4 sum_j w_kj.
    const { value, gradient } = valueAndGrad(penalty)(w);
    expect(await value.item()).toBe(116);
    expect(await values(gradient)).toEqual([12, 12, 28, 28]);
  });

  test("a third derivative, through mean, reshape and a broadcast", async () => {
    using _all = scope(device);
    const fourth = (x: Floats) => mean(mul(reshape(mul(mul(x, x), mul(x, x)), [1, 2]), tensor(device, [1, 1], [2, 1])));
    const derive = (f: (x: Floats) => Tensor) => (x: Floats) => sum(grad(f)(x));
    const third = grad(derive(derive(fourth)));
    expect(await values(third(vector(1, 2)))).toEqual([12, 24]);
  });

  test("a rule that is a kernel refuses to be differentiated again instead of giving zeros", () => {
    using _all = scope(device);
    const slope = (x: Floats) => sum(grad((p: Floats) => sum(gelu(p)))(x));
    expect(() => grad(slope)(vector(1))).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: grad: the gradient of gelu cannot be differentiated again, its rule is a kernel; inside grad(grad()) build the function from add, sub, mul, div, pow, sum, mean, matmul, reshape, permute and broadcastTo]`,
    );
    const lost = (x: Floats) => sum(grad((p: Floats) => sum(mul(exp(p), p)))(x));
    expect(() => grad(lost)(vector(1))).toThrow("the gradient of exp cannot be differentiated again");
    expect(device.tapes).toEqual([]);
  });
});

test("what does not fit is named", async () => {
  const { oracle, tuned } = await testDevices();
  using _all = scope(oracle);
  const x = tensor(oracle, [1, 2], [2]) as Floats;
  expect(() => grad((p: Floats) => mul(p, 2))(x)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: grad: f must return one number, got [2]; reduce it with mean() or sum()]`,
  );
  expect(() => grad((_: readonly Tensor[]) => x)([])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: grad: the parameters hold no tensor]`,
  );
  using elsewhere = tensor(tuned, [1, 2], [2]);
  expect(() => grad((p: Floats) => sum(mul(p, elsewhere)))(x)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: mul: its tensors are on different devices; read() one and make it again on the other device]`,
  );
});
