import {
  adamwHyper,
  adamwLaunch,
  blendLaunch,
  clipScaleLaunch,
  type Profile,
  reduceChain,
  sgdLaunch,
} from "@snnmlp/kernels-wgsl";
import { expect, test } from "vitest";
import { checkLaunch, checkLaunches, input, noise, output, runOnGpu, type Step } from "./run-launch.js";

const tuned: Profile = { kernels: "tuned", kind: "lavapipe" };
const start = [1, -2, 0.5, 0, 3];
const gradients = [
  [0.1, -0.2, 0.3, 0, 4],
  [-0.5, 0.25, 0.125, 1e-4, -1],
  [1, 1, -1, 0, 0.5],
];

test("three clipped AdamW updates end where PyTorch's do", async () => {
  // torch.optim.AdamW(lr .01, weight_decay .05), clip_grad_norm_ 2.0, float64.
  const expected = [
    0.9918786849955882, -1.998504323367171, 0.48415709277503455, -0.013187799196817698, 2.979471171511675,
  ];
  const norms = [4.017461885320134, 1.1524430615002201, 1.8027756377319946];
  const { steps: squares } = reduceChain("sumOfSquares", { outer: 1, length: 5, inner: 1 }, "f32", tuned);
  let state = [input(start), input([0, 0, 0, 0, 0]), input([0, 0, 0, 0, 0])];
  for (const [i, gradient] of gradients.entries()) {
    const hyper = adamwHyper({ lr: 0.01, weightDecay: 0.05, beta1: 0.9, beta2: 0.999, eps: 1e-8, step: i + 1 });
    const [square] = squares;
    if (!square) throw new Error("a sum has a launch");
    // buffers: param, m, v, grad, hyper, squares, clip
    const steps: Step[] = [
      [square[0], [3, 5]],
      [clipScaleLaunch(1, 2), [5, 6]],
      [adamwLaunch(5), [0, 1, 2, 3, 4, 6]],
    ];
    const [param, m, v, , , , clip] = await checkLaunches(steps, [
      ...state,
      input(gradient),
      input(hyper),
      output(1),
      output(2),
    ]);
    expect(clip?.[1]).toBeCloseTo(norms[i] ?? 0, 5);
    state = [input(param ?? []), input(m ?? []), input(v ?? [])];
  }
  for (const [i, value] of expected.entries()) expect(state[0]?.values[i]).toBeCloseTo(value, 6);
});

test("three SGD updates with momentum end where PyTorch's do", async () => {
  const expected = [0.962282789, -2.082140578, 0.4922738695, -1.899e-5, 2.040603997];
  let [param, velocity] = [input(start), input([0, 0, 0, 0, 0])];
  for (const gradient of gradients) {
    const [p, b] = await checkLaunch(
      sgdLaunch(5),
      param,
      velocity,
      input(gradient),
      input([0.1, 0.01, 0.9, 0]),
      input([1]),
    );
    [param, velocity] = [input(p ?? []), input(b ?? [])];
  }
  for (const [i, value] of expected.entries()) expect(param.values[i]).toBeCloseTo(value, 6);
});

test.each([1, 4, 1021])("AdamW over %i parameters is its reference", async (count) => {
  const hyper = adamwHyper({ lr: 2e-3, weightDecay: 0.05, beta1: 0.9, beta2: 0.999, eps: 1e-8, step: 7 });
  const v = input(noise(count, 3).map(Math.abs));
  const grad = input(noise(count, 4));
  await checkLaunch(
    adamwLaunch(count),
    input(noise(count)),
    input(noise(count, 2)),
    v,
    grad,
    input(hyper),
    input([0.5]),
  );
});

test("the clip factor is 1 below the limit, and slabs add up to one norm", async () => {
  const [, below] = await checkLaunch(clipScaleLaunch(2, 5.1), input([9, 16]), output(2));
  expect([...(below ?? [])]).toEqual([1, 5]);
  const [, above] = await checkLaunch(clipScaleLaunch(2, 1), input([9, 16]), output(2));
  expect(above?.[0]).toBeCloseTo(0.2, 6);
});

test("the clip factor takes back what the loss was multiplied by, and adapts it", async () => {
  const after = async (factor: number, count: number, squares = [9, 16]) => {
    const values = input([...squares.map((square) => square * factor ** 2), 3 * factor]);
    const launch = clipScaleLaunch(2, 1, 1, true);
    const [, clip, state] = squares.every(Number.isFinite)
      ? await checkLaunch(launch, values, output(2), input([factor, count]))
      : await runOnGpu([[launch, [0, 1, 2]]], [values, output(2), input([factor, count])]);
    return { clip: (clip?.[0] ?? 0) * factor, norm: clip?.[1], state: [...(state ?? [])] };
  };
  expect(await after(65_536, 7)).toMatchObject({ norm: 5, state: [65_536, 8] });
  expect((await after(65_536, 7)).clip).toBeCloseTo(0.2, 6);
  expect((await after(1024, 1999)).state).toEqual([2048, 0]);
  expect(await after(1024, 1999, [9, Infinity])).toMatchObject({ clip: -1024, state: [512, 0] });
  expect((await after(1, 5, [9, Infinity])).state).toEqual([1, 0]);
});

test("the clip factor says that a norm, or a value beside it, is not finite, and then nothing is updated", async () => {
  for (const values of [
    [Number.NaN, 16, 1],
    [9, Infinity, 1],
    [9, 16, Number.NaN],
    [9, 16, -Infinity],
    [3e38, 3e38, 1],
  ]) {
    const [, clip] = await runOnGpu([[clipScaleLaunch(2, 5, 1), [0, 1]]], [input(values), output(2)]);
    expect(clip?.[0], String(values)).toBe(-1);
  }
  const [, fine] = await checkLaunch(clipScaleLaunch(2, 2.5, 1), input([9, 16, 1e9]), output(2));
  expect(fine?.[0]).toBeCloseTo(0.5, 6);
  const state = [input(start), input([1, 2, 3, 4, 5]), input([6, 7, 8, 9, 10])];
  const hyper = { lr: 0.01, weightDecay: 0.05, beta1: 0.9, beta2: 0.999, eps: 1e-8, step: 1 };
  const broken = input([Number.NaN, Infinity, 1, 2, 3]);
  const held = await runOnGpu(
    [
      [adamwLaunch(5), [0, 1, 2, 3, 4, 5]],
      [adamwLaunch(5), [0, 1, 2, 3, 6, 7]],
      [sgdLaunch(5), [0, 1, 3, 8, 5]],
    ],
    [
      ...state,
      broken,
      input(adamwHyper(hyper)),
      input([-1]),
      input(adamwHyper({ ...hyper, hold: true })),
      input([1]),
      input([1, 0, 0, 0]),
    ],
  );
  for (const [i, { values }] of state.entries()) expect([...(held[i] ?? [])]).toEqual([...values]);
});

test.each([1, 7, 1021])("blend over %i numbers is its reference", async (count) => {
  await checkLaunch(blendLaunch(count), input(noise(count)), input(noise(count, 2)), input([0.75, 0.25]));
});

test("blend forgets what it is told to, even NaN", async () => {
  const [y] = await runOnGpu(
    [[blendLaunch(3), [0, 1, 2]]],
    [input([Number.NaN, Infinity, 1]), input([1, 2, 3]), input([0, 0.5])],
  );
  expect([...(y ?? [])]).toEqual([0.5, 1, 1.5]);
});
