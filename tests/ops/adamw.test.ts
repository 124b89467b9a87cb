import { adamw, blend, clipScale, hyperparameters, noClip, sgd, sumOfSquares, tensor } from "@snnmlp/tensor";
import { expect, test } from "vitest";
import { testDevices } from "../support/check-op.js";

const start = [1, -2, 0.5, 0, 3];
const gradients = [
  [0.1, -0.2, 0.3, 0, 4],
  [-0.5, 0.25, 0.125, 1e-4, -1],
  [1, 1, -1, 0, 0.5],
];

test.each(["oracle", "naive", "tuned"] as const)("clipped AdamW and SGD follow PyTorch (%s)", async (which) => {
  const device = (await testDevices())[which];
  const zeros = () => tensor(device, [0, 0, 0, 0, 0], [5]);
  const [param, m, v, grad] = [tensor(device, start, [5]), zeros(), zeros(), zeros()];
  const hyper = tensor(device, [0, 0, 0, 0, 0, 0, 0, 0], [8]);
  const norms: number[] = [];
  for (const [i, values] of gradients.entries()) {
    grad.write(values);
    hyper.write(hyperparameters({ lr: 0.01, weightDecay: 0.05, beta1: 0.9, beta2: 0.999, eps: 1e-8, step: i + 1 }));
    // Two sums of squares, of 3/5 and 4/5 of the norm, to see that they add up.
    const square = (await sumOfSquares(grad).read())[0] ?? 0;
    const clip = clipScale([tensor(device, [0.36 * square], [1]), tensor(device, [0.64 * square], [1])], 2);
    adamw({ param, m, v, grad, hyper, clip });
    norms.push((await clip.read())[1] ?? 0);
  }
  // torch.optim.AdamW(lr .01, weight_decay .05) after clip_grad_norm_ 2.0, float64
  const expected = [
    0.9918786849955882, -1.998504323367171, 0.48415709277503455, -0.013187799196817698, 2.979471171511675,
  ];
  for (const [i, value] of (await param.read()).entries()) expect(value).toBeCloseTo(expected[i] ?? 0, 6);
  for (const [i, norm] of [4.017461885320134, 1.1524430615002201, 1.8027756377319946].entries()) {
    expect(norms[i]).toBeCloseTo(norm, 5);
  }

  const [moved, velocity] = [tensor(device, start, [5]), zeros()];
  for (const values of gradients) {
    grad.write(values);
    sgd({ param: moved, velocity, grad, hyper: tensor(device, [0.1, 0.01, 0.9, 0], [4]), clip: noClip(device) });
  }
  const decayed = [0.962282789, -2.082140578, 0.4922738695, -1.899e-5, 2.040603997];
  for (const [i, value] of (await moved.read()).entries()) expect(value).toBeCloseTo(decayed[i] ?? 0, 6);
});

test("arguments are checked", async () => {
  const { oracle } = await testDevices();
  const five = tensor(oracle, start, [5]);
  const four = tensor(oracle, [1, 2, 3, 4], [4]);
  const state = { param: five, m: five, v: five, grad: five, hyper: four, clip: noClip(oracle) };
  expect(() => adamw({ ...state, m: four })).toThrow("adamw: m must have param's shape [5], got [4]");
  expect(() => adamw(state)).toThrow("adamw: hyper must hold 8 values, got [4]");
  expect(() => clipScale([], 1)).toThrow("clipScale: needs at least one sum of squares");
  expect(() => clipScale([sumOfSquares(four)], 0)).toThrow("clipScale: maxNorm must be positive, got 0");
});

test.each(["oracle", "naive", "tuned"] as const)(
  "what is not finite updates nothing; blend averages (%s)",
  async (which) => {
    const device = (await testDevices())[which];
    const [param, m, v] = [start, [1, 1, 1, 1, 1], [2, 2, 2, 2, 2]].map((values) => tensor(device, values, [5]));
    const grad = tensor(device, [1, Number.NaN, 1, 1, 1], [5]);
    const hyper = tensor(
      device,
      hyperparameters({ lr: 1, weightDecay: 0, beta1: 0.9, beta2: 0.99, eps: 1e-8, step: 1 }),
      [8],
    );
    if (!param || !m || !v) throw new Error("three tensors were made");
    const nan = clipScale([sumOfSquares(grad)], 5);
    const infiniteLoss = clipScale([sumOfSquares(param)], 5, [tensor(device, [Infinity], [1])]);
    for (const clip of [nan, infiniteLoss]) {
      expect((await clip.read())[0]).toBe(-1);
      adamw({ param, m, v, grad, hyper, clip });
      sgd({ param, velocity: m, grad, hyper: tensor(device, [1, 0, 0, 0], [4]), clip });
    }
    expect([...(await param.read())]).toEqual(start);
    expect([...(await m.read()), ...(await v.read())]).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);

    const average = tensor(device, [Number.NaN, 0, 4], [3]);
    blend(average, tensor(device, [1, 2, 3], [3]), tensor(device, [0, 2], [2]));
    expect([...(await average.read())]).toEqual([2, 4, 6]);
    blend(average, tensor(device, [4, 8, 12], [3]), tensor(device, [0.5, 0.25], [2]));
    expect([...(await average.read())]).toEqual([2, 4, 6]);
  },
);

test("blend checks its arguments", async () => {
  const { oracle } = await testDevices();
  const [two, three] = [tensor(oracle, [1, 2], [2]), tensor(oracle, [1, 2, 3], [3])];
  expect(() => blend(two, three, two)).toThrow("blend: x must have y's shape [2], got [3]");
  expect(() => blend(two, two, three)).toThrow("blend: factors must hold 2 values, got [3]");
});
