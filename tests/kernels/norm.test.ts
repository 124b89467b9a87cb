import { type NormDims, normBackwardChain, normForwardChain, type Profile } from "@snnmlp/kernels-wgsl";
import { describe, expect, test } from "vitest";
import { checkLaunches, input, noise, output, runOnGpu, testDevice } from "./run-launch.js";

const { subgroupMinSize, subgroupMaxSize } = (await testDevice()).adapterInfo;
const subgroupSize = subgroupMinSize === subgroupMaxSize ? subgroupMinSize : undefined;
const profiles: readonly Profile[] = [
  { kernels: "naive", kind: "lavapipe" },
  { kernels: "tuned", kind: "lavapipe" },
  { kernels: "tuned", kind: "lavapipe", subgroupSize },
  { kernels: "tuned", kind: "gpu" },
];

async function checkForward(dims: NormDims, gelu: boolean, profile: Profile): Promise<void> {
  const size = dims.B * dims.HW * dims.C;
  const { steps, scratch } = normForwardChain(dims, { eps: 1e-5, gelu }, profile);
  await checkLaunches(steps, [
    input(noise(size, 1).map((x) => 2 * x + 0.5)),
    input(noise(dims.C, 2).map((x) => x + 1)),
    input(noise(dims.C, 3)),
    output(size),
    output(2 * dims.B * dims.groups),
    ...scratch.map((length) => output(length)),
  ]);
}

async function checkBackward(dims: NormDims, gelu: boolean, profile: Profile): Promise<void> {
  for (const add of [false, true]) await checkBackwardOf(dims, gelu, add, profile);
}

async function checkBackwardOf(dims: NormDims, gelu: boolean, add: boolean, profile: Profile): Promise<void> {
  const size = dims.B * dims.HW * dims.C;
  const { steps, scratch } = normBackwardChain(dims, { eps: 1e-5, gelu }, { x: true, affine: true, add }, profile);
  const rows = dims.B * dims.groups;
  await checkLaunches(steps, [
    input(noise(size, 1).map((x) => 2 * x + 0.5)),
    input(noise(dims.C, 2).map((x) => x + 1)),
    input(noise(dims.C, 3)),
    input(Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? 0.5 + i / 100 / rows : 0.85 + i / 50 / rows))),
    input(noise(size, 4).map((x) => x + 0.25)),
    ...[output(size), output(dims.C), output(dims.C)],
    input(noise(size, 6)),
    ...scratch.map((length) => output(length)),
  ]);
}

describe.each(profiles)("$kernels kernels of $kind, subgroups of $subgroupSize", (profile) => {
  test.each<NormDims>([
    { B: 1, HW: 1, C: 1, groups: 1 },
    { B: 67, HW: 1, C: 96, groups: 1 },
    { B: 5, HW: 1, C: 257, groups: 1 },
    { B: 3, HW: 4, C: 256, groups: 1 },
    { B: 2, HW: 49, C: 24, groups: 3 },
    { B: 2, HW: 131, C: 32, groups: 1 },
    { B: 3, HW: 64, C: 130, groups: 2 },
    { B: 3, HW: 64, C: 128, groups: 2 },
    { B: 1, HW: 17 * 19, C: 96, groups: 1 },
    { B: 4, HW: 256, C: 32, groups: 1 },
  ])("forward and backward are their references: B $B, HW $HW, C $C, $groups groups", async (dims) => {
    for (const gelu of [false, true]) {
      await checkForward(dims, gelu, profile);
      await checkBackward(dims, gelu, profile);
    }
  });

  test("the variance of values far from zero is that of the values", async () => {
    const dims = { B: 1, HW: 4096, C: 32, groups: 1 };
    const x = input(noise(4096 * 32).map((value) => value + 1000));
    const { steps, scratch } = normForwardChain(dims, { eps: 1e-5, gelu: false }, profile);
    const y = output(x.values.length);
    const one = input(new Float64Array(32).fill(1));
    const zero = input(new Float64Array(32));
    const results = await runOnGpu(steps, [x, one, zero, y, output(2), ...scratch.map((length) => output(length))]);
    const mean = x.values.reduce((a, b) => a + b) / x.values.length;
    const variance = x.values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.values.length;
    expect(results[4]?.[1]).toBeCloseTo(1 / Math.sqrt(variance + 1e-5), 4);
  });
});
