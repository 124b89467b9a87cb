import { type CrossEntropy, crossEntropyLaunch, softmaxBackwardLaunch, softmaxLaunch } from "@snnmlp/kernels-wgsl";
import { expect, test } from "vitest";
import { checkLaunch, input, noise, output, runOnGpu } from "./run-launch.js";

const sizes = [
  [1, 1],
  [3, 10],
  [65, 17],
  [5, 64],
  [33, 129],
  [7, 1000],
] as const;

test.each(sizes)("softmax and log-softmax of %i x %i are their references", async (R, K) => {
  for (const log of [false, true]) {
    const x = input(noise(R * K).map((value) => 8 * value));
    const [, y] = await checkLaunch(softmaxLaunch({ R, K }, log), x, output(R * K));
    const dy = input(noise(R * K, 2));
    await checkLaunch(softmaxBackwardLaunch({ R, K }, log), input(y ?? []), dy, output(R * K));
  }
});

test.each(sizes)("cross entropy of %i x %i and its gradient are their references", async (R, K) => {
  const x = input(noise(R * K).map((value) => 8 * value));
  const soft = input(noise(R * K, 3).map(Math.abs));
  const labels = Array.from({ length: R }, (_, r) => (r * 7) % K);
  for (const targets of ["u32", "i32", "f32"] as const) {
    for (const smoothing of [0, 0.1]) {
      for (const perRow of [false, true]) {
        const options: CrossEntropy = { targets, smoothing, perRow, scale: 1 / R };
        const given = targets === "f32" ? soft : input(labels, targets);
        const dy = input(noise(perRow ? R : 1, 4).map((g) => g + 2));
        await checkLaunch(crossEntropyLaunch({ R, K }, "loss", options), x, given, dy, output(R));
        await checkLaunch(crossEntropyLaunch({ R, K }, "gradient", options), x, given, dy, output(R * K));
      }
    }
  }
});

test.each(sizes)("cross entropy of mixed labels, %i x %i, and its gradient are their references", async (R, K) => {
  const x = input(noise(R * K).map((value) => 8 * value));
  const labels = Array.from({ length: R }, (_, r) => (r * 7) % K);
  const shares = [input(noise(R, 5).map((value) => Math.min(1, 1 + value))), input(noise(R, 6).map(Math.abs))] as const;
  const options: CrossEntropy = { targets: "i32", smoothing: 0.1, perRow: false, scale: 1, mixed: true };
  const given = input(labels, "i32");
  const dy = input([1.5]);
  await checkLaunch(crossEntropyLaunch({ R, K }, "loss", options), x, given, dy, output(R), ...shares);
  await checkLaunch(crossEntropyLaunch({ R, K }, "gradient", options), x, given, dy, output(R * K), ...shares);
});

test("values far beyond exp's range stay finite", async () => {
  const [, y] = await checkLaunch(softmaxLaunch({ R: 1, K: 3 }, false), input([1000, 1000, -1000]), output(3));
  expect([...(y ?? [])]).toEqual([0.5, 0.5, 0]);
});

test("a label outside the classes gives NaN, in its row only", async () => {
  const options: CrossEntropy = { targets: "i32", smoothing: 0.1, perRow: false, scale: 1 };
  const buffers = [input(noise(40)), input([0, 10, -1, 9], "i32"), input([1]), output(4)];
  const results = await runOnGpu([[crossEntropyLaunch({ R: 4, K: 10 }, "loss", options), [0, 1, 2, 3]]], buffers);
  expect([...(results[3] ?? [])].map(Number.isNaN)).toEqual([false, true, true, false]);
});
