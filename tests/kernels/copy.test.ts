import { type CopyBox, copyLaunch, fillLaunch, iotaLaunch, type Profile } from "@snnmlp/kernels-wgsl";
import { describe, expect, test } from "vitest";
import { checkLaunch, checkLaunches, input, noise, output } from "./run-launch.js";
import { supported } from "./supported.js";

const profiles: Profile[] = [
  { kernels: "naive", kind: "lavapipe" },
  { kernels: "tuned", kind: "lavapipe" },
];
const product = (shape: readonly number[]): number => shape.reduce((total, dim) => total * dim, 1);
const strides = (shape: readonly number[]): number[] => shape.map((_, axis) => product(shape.slice(axis + 1)));

describe.each(profiles)("$kernels", (profile) => {
  test.each([
    [
      [5, 7],
      [1, 0],
    ],
    [
      [3, 5, 8],
      [1, 0, 2],
    ],
    [
      [2, 3, 4, 5],
      [0, 3, 1, 2],
    ],
    [
      [2, 3, 2, 3, 2, 3],
      [5, 3, 1, 4, 2, 0],
    ],
    [[17], [0]],
    [
      [1, 1, 1],
      [2, 0, 1],
    ],
  ])("permutes %j by %j", async (shape, order) => {
    const dims = order.map((axis) => shape[axis] ?? 0);
    const inStrides = order.map((axis) => strides(shape)[axis] ?? 0);
    const box: CopyBox = { dims, inStrides, inBase: 0, outStrides: strides(dims), outBase: 0 };
    for (const dtype of supported(["f32", "f16", "i32"])) {
      const values = noise(product(shape)).map((x) => (dtype === "i32" ? Math.trunc(99 * x) : x));
      await checkLaunch(copyLaunch(box, dtype, profile), input(values, dtype), output(product(shape), dtype));
    }
  });

  test("slices with steps and flips", async () => {
    // x [6, 10][1::2, 8::-3] -> [3, 3]
    const box = { dims: [3, 3], inStrides: [20, -3], inBase: 18, outStrides: [3, 1], outBase: 0 };
    const x = input(Float64Array.from({ length: 60 }, (_, i) => i));
    const [, y] = await checkLaunch(copyLaunch(box, "f32", profile), x, output(9));
    expect([...(y ?? [])]).toEqual([18, 15, 12, 38, 35, 32, 58, 55, 52]);
  });

  test.each([
    [3, 5, 7, 1],
    [4, 8, 8, 4],
  ])("pads [%i, %i] to width %i from column %i on", async (rows, width, wide, low) => {
    const total = wide + width;
    const box = {
      dims: [rows + 3, total],
      inStrides: [width, 1],
      inBase: -2 * width - low,
      outStrides: [total, 1],
      outBase: 0,
      inside: { low: [2, low], high: [2 + rows, low + width], fill: 0.5 },
    };
    for (const dtype of supported(["f32", "f16"])) {
      const x = input(noise(rows * width), dtype);
      await checkLaunch(copyLaunch(box, dtype, profile), x, output((rows + 3) * total, dtype));
    }
  });

  test.each([
    [4, 8],
    [3, 5],
  ])("joins [6, %i] and [6, %i] on the last axis", async (left, right) => {
    const wide = left + right;
    const part = (width: number, outBase: number): CopyBox => ({
      dims: [6, width],
      inStrides: [width, 1],
      inBase: 0,
      outStrides: [wide, 1],
      outBase,
    });
    const [, , y] = await checkLaunches(
      [
        [copyLaunch(part(left, 0), "f32", profile), [0, 2]],
        [copyLaunch(part(right, left), "f32", profile), [1, 2]],
      ],
      [input(noise(6 * left)), input(noise(6 * right, 2)), output(6 * wide)],
    );
    expect(y?.includes(-7777)).toBe(false);
  });

  test("broadcasts with steps of 0", async () => {
    const box = { dims: [3, 4, 8], inStrides: [8, 0, 1], inBase: 0, outStrides: [32, 8, 1], outBase: 0 };
    await checkLaunch(copyLaunch(box, "f32", profile), input(noise(24)), output(96));
    const scalar = { dims: [3, 5], inStrides: [0, 0], inBase: 0, outStrides: [5, 1], outBase: 0 };
    await checkLaunch(copyLaunch(scalar, "u32", profile), input([4_000_000_000], "u32"), output(15, "u32"));
  });
});

test.each(supported(["f32", "f16", "i32", "u32"]))("fills and counts in %s", async (dtype) => {
  await checkLaunch(fillLaunch(13, 7, dtype), output(13, dtype));
  await checkLaunch(iotaLaunch(13, 3, 2, dtype), output(13, dtype));
});
