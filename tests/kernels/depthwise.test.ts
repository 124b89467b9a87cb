import {
  type DepthwiseDims,
  depthwiseDxLaunch,
  depthwiseForwardLaunch,
  depthwiseWeightsChain,
  type Profile,
} from "@snnmlp/kernels-wgsl";
import { describe, expect, test } from "vitest";
import { checkLaunch, checkLaunches, input, noise, output } from "./run-launch.js";

const profiles: readonly Profile[] = [
  { kernels: "naive", kind: "lavapipe" },
  { kernels: "tuned", kind: "lavapipe" },
  { kernels: "tuned", kind: "gpu" },
];

describe.each(profiles)("$kernels kernels of $kind", (profile) => {
  test.each<DepthwiseDims>([
    { B: 1, H: 1, W: 1, C: 1 },
    { B: 2, H: 2, W: 2, C: 8 },
    { B: 3, H: 7, W: 7, C: 12 },
    { B: 2, H: 3, W: 5, C: 7 },
    { B: 2, H: 9, W: 4, C: 16 },
    { B: 1, H: 17, W: 6, C: 33 },
    { B: 2, H: 56, W: 56, C: 12 },
    { B: 64, H: 16, W: 16, C: 32 },
  ])("forward, dx, dweight and dbias are their references: $B x $H x $W x $C", async (dims) => {
    const size = dims.B * dims.H * dims.W * dims.C;
    const x = input(noise(size, 1));
    const dy = input(noise(size, 2).map((g) => g + 0.25));
    const weight = input(noise(9 * dims.C, 3));
    const bias = input(noise(dims.C, 4));
    await checkLaunch(depthwiseForwardLaunch(dims, true, profile), x, weight, bias, output(size));
    await checkLaunch(depthwiseForwardLaunch(dims, false, profile), x, weight, bias, output(size));
    await checkLaunch(depthwiseDxLaunch(dims, profile), dy, weight, bias, output(size));
    const { steps, scratch } = depthwiseWeightsChain(dims, profile);
    const buffers = [x, dy, output(9 * dims.C), output(dims.C), ...scratch.map((length) => output(length))];
    await checkLaunches(steps, buffers, [4]);
  });
});

test("a weight of one in the middle copies, one to the left shifts right", async () => {
  const dims = { B: 1, H: 1, W: 3, C: 1 };
  const shift = input([0, 0, 0, 1, 0, 0, 0, 0, 0]);
  const launch = depthwiseForwardLaunch(dims, true, { kernels: "tuned", kind: "gpu" });
  const [, , , y] = await checkLaunch(launch, input([5, 6, 7]), shift, input([10]), output(3));
  expect(y).toEqual(Float64Array.of(10, 15, 16));
});
