import { matmulLaunch, type Profile } from "@snnmlp/kernels-wgsl";
import { expect, test } from "vitest";
import { fromHalf, toHalf } from "./float16.js";
import { checkLaunch, expectClose, input, noise, output } from "./run-launch.js";

const profile: Profile = { kernels: "naive", kind: "lavapipe" };
const plain = { transposeA: false, transposeB: false, sharedA: false, sharedB: false };

test.each([
  [1, 1, 1],
  [7, 13, 5],
  [65, 31, 64],
])("matmul %i x %i x %i is its reference", async (M, N, K) => {
  const launch = matmulLaunch({ batches: 2, M, N, K, ...plain }, profile);
  await checkLaunch(launch, input(noise(2 * M * K)), input(noise(2 * K * N, 2)), output(2 * M * N));
});

test("a wrong result is told by index and values", () => {
  expect(() => expectClose(Float64Array.of(1, 2), Float64Array.of(1, 2.1), "f32", "y")).toThrow("y[1]: got 2");
  expect(() => expectClose(Float64Array.of(1, Number.NaN), Float64Array.of(1, 2), "f32", "y")).toThrow("y[1]: got NaN");
});

test("f16 bits survive the round trip through numbers", () => {
  for (let bits = 0; bits < 0x7c00; bits++) {
    if (toHalf(fromHalf(bits)) !== bits) expect.fail(`f16 bits ${bits}`);
  }
  expect(toHalf(1 + 2 ** -11)).toBe(toHalf(1));
  expect(toHalf(65_519)).toBe(0x7bff);
});
