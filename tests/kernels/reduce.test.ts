import {
  argmaxLaunch,
  type ElementType,
  type Profile,
  type ReduceDims,
  type ReduceName,
  reduceChain,
} from "@snnmlp/kernels-wgsl";
import { describe, expect, test } from "vitest";
import { checkLaunch, checkLaunches, input, noise, output, runOnGpu, type TestBuffer } from "./run-launch.js";
import { supported } from "./supported.js";

const profiles: Profile[] = [
  { kernels: "naive", kind: "lavapipe" },
  { kernels: "tuned", kind: "lavapipe" },
  { kernels: "tuned", kind: "gpu" },
];

function plan(name: ReduceName, dims: ReduceDims, dtype: ElementType, profile: Profile, x: TestBuffer) {
  const { steps, scratch } = reduceChain(name, dims, dtype, profile);
  const y = output(dims.outer * dims.inner, dtype);
  return { steps, buffers: [x, y, ...scratch.map((length) => output(length, dtype === "f16" ? "f32" : dtype))] };
}

const sizes: [number, number, number][] = [
  [1, 1, 1],
  [3, 31, 1],
  [2, 33, 1],
  [5, 64, 1],
  [1, 4096, 1],
  [1, 20_003, 1],
  [2, 16_388, 1],
  [2, 7, 5],
  [1, 65, 4],
  [3, 1031, 8],
  [1, 2048, 33],
];

describe.each(profiles)("$kernels for $kind", (profile) => {
  test.each(["sum", "mean", "max", "min", "sumOfSquares"] as const)("%s is its reference", async (name) => {
    for (const [outer, length, inner] of sizes) {
      const x = input(noise(outer * length * inner));
      const { steps, buffers } = plan(name, { outer, length, inner }, "f32", profile, x);
      await checkLaunches(steps, buffers);
    }
  });

  test.each(supported(["f16", "i32", "u32"]))("%s is reduced in its accumulator", async (dtype) => {
    const dims = { outer: 1, length: 5000, inner: 4 };
    const values = noise(20_000).map((x) =>
      dtype === "u32" ? Math.floor(10 + 9 * x) : dtype === "i32" ? Math.trunc(50 * x) : x,
    );
    for (const name of ["sum", "max", "min"] as const) {
      const { steps, buffers } = plan(name, dims, dtype, profile, input(values, dtype));
      await checkLaunches(steps, buffers);
      const flat = plan(name, { outer: 1, length: 20_000, inner: 1 }, dtype, profile, input(values, dtype));
      await checkLaunches(flat.steps, flat.buffers);
    }
  });

  test("long sums round little, and give the same bits every time", async () => {
    const length = 1_000_003;
    const x = input(new Float64Array(length).fill(0.1));
    const exact = length * (x.values[0] ?? 0);
    const { steps, buffers } = plan("sum", { outer: 1, length, inner: 1 }, "f32", profile, x);
    const [first, again] = [await runOnGpu(steps, buffers), await runOnGpu(steps, buffers)];
    const sum = first[1]?.[0] ?? Number.NaN;
    expect(again[1]?.[0]).toBe(sum);
    // A plain loop is off by 1e-2 here.
    expect(Math.abs(sum / exact - 1)).toBeLessThan(5e-7);
  });
});

test.each(["max", "min"] as const)("arg%s is the first extreme", async (which) => {
  for (const [outer, length, inner] of [
    [1, 1, 1],
    [7, 10, 1],
    [2, 13, 5],
  ] as const) {
    const coarse = noise(outer * length * inner).map((x) => Math.round(3 * x));
    await checkLaunch(
      argmaxLaunch(which, { outer, length, inner }, "f32"),
      input(coarse),
      output(outer * inner, "u32"),
    );
  }
  const values = Float64Array.of(-3, 2, 2, -3);
  const [, y] = await checkLaunch(
    argmaxLaunch(which, { outer: 1, length: 4, inner: 1 }, "i32"),
    input(values, "i32"),
    output(1, "u32"),
  );
  expect(y?.[0]).toBe(which === "max" ? 1 : 0);
});
