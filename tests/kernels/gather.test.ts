import { gatherLaunch, oneHotLaunch, type Profile, scatterAddLaunch } from "@snnmlp/kernels-wgsl";
import { describe, expect, test } from "vitest";
import { checkLaunch, input, noise, output } from "./run-launch.js";
import { supported } from "./supported.js";

const profiles: Profile[] = [
  { kernels: "naive", kind: "lavapipe" },
  { kernels: "tuned", kind: "lavapipe" },
];

describe.each(profiles)("$kernels", (profile) => {
  test.each([
    [1, 1, 1, 1],
    [1, 7, 13, 5],
    [3, 5, 4, 8],
  ])("gathers [%i, %i, .] at %i indices, rows of %i, and adds the gradient back", async (outer, N, R, inner) => {
    const dims = { outer, N, R, inner };
    const index = input(
      noise(R).map((x) => Math.floor(((x + 1) / 2) * N)),
      "u32",
    );
    for (const dtype of supported(["f32", "f16"])) {
      const x = input(noise(outer * N * inner, 2), dtype);
      await checkLaunch(gatherLaunch(dims, dtype, profile), x, index, output(outer * R * inner, dtype));
    }
    const dy = input(noise(outer * R * inner, 3));
    await checkLaunch(scatterAddLaunch(dims, profile), dy, index, output(outer * N * inner));
  });

  test("an index out of range gives zeros and gets no gradient", async () => {
    const dims = { outer: 1, N: 2, R: 3, inner: 1 };
    const index = input([-1, 1, 2], "i32");
    const [, , y] = await checkLaunch(gatherLaunch(dims, "f32", profile), input([5, 6]), index, output(3));
    expect([...(y ?? [])]).toEqual([0, 6, 0]);
    const [, , dx] = await checkLaunch(scatterAddLaunch(dims, profile), input([1, 2, 3]), index, output(2));
    expect([...(dx ?? [])]).toEqual([0, 2]);
  });
});

test("one-hot with smoothing", async () => {
  const [, y] = await checkLaunch(oneHotLaunch(3, 3, 0.9, 0.05), input([2, 0, 3], "u32"), output(9));
  expect(y?.map((value) => Math.round(100 * value))).toEqual(Float64Array.of(5, 5, 90, 90, 5, 5, 5, 5, 5));
});
