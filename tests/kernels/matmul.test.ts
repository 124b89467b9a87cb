import {
  type EpilogueName,
  epilogues,
  matmulChain,
  matmulLaunch,
  type Profile,
  tuningKeys,
  weightGradientChain,
} from "@snnmlp/kernels-wgsl";
import { describe, expect, test } from "vitest";
import { fromHalf, toHalf } from "./float16.js";
import { checkLaunch, checkLaunches, expectClose, input, noise, output, testDevice } from "./run-launch.js";

const { subgroupMinSize, subgroupMaxSize } = (await testDevice()).adapterInfo;
const subgroupSize = subgroupMinSize === subgroupMaxSize ? subgroupMinSize : undefined;
const profiles: Profile[] = [
  { kernels: "naive", kind: "lavapipe" },
  { kernels: "tuned", kind: "lavapipe", subgroupSize },
  { kernels: "tuned", kind: "gpu" },
  { kernels: "tuned", kind: "gpu", tuning: Object.fromEntries(tuningKeys.map((key) => [key, "blocked"])) },
];
const forms = [
  { transposeA: false, transposeB: false },
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: false },
  { transposeA: true, transposeB: true },
];
const sizes: [number, number, number][] = [
  [1, 1, 1],
  [7, 13, 5],
  [16, 32, 4],
  [17, 36, 12],
  [65, 64, 68],
  [15, 28, 132],
  [136, 140, 36],
];
const one = { batches: 1, sharedA: false, sharedB: false };

const checkForms =
  (profile: Profile) =>
  async (M: number, N: number, K: number): Promise<void> => {
    for (const form of forms) {
      const launch = matmulLaunch({ batches: 2, M, N, K, ...form, sharedA: false, sharedB: true }, profile);
      await checkLaunch(launch, input(noise(2 * M * K)), input(noise(K * N, 2)), output(2 * M * N));
      const chain = matmulChain({ ...one, M, N, K, ...form }, profile);
      const scratch = chain.scratch.map((length) => output(length));
      const buffers = [input(noise(M * K)), input(noise(K * N, 2)), output(M * N), ...scratch];
      await checkLaunches(
        chain.steps,
        buffers,
        scratch.map((_, i) => 3 + i),
      );
    }
  };

const checkWeightGradients =
  (profile: Profile) =>
  async (M: number, N: number, K: number): Promise<void> => {
    const chain = weightGradientChain({ M, N, K }, profile);
    const scratch = chain.scratch.map((length) => output(length));
    const buffers = [input(noise(M * K)), input(noise(M * N, 2)), output(K * N), output(N), ...scratch];
    await checkLaunches(
      chain.steps,
      buffers,
      scratch.map((_, i) => 4 + i),
    );
  };

const layers: typeof sizes = [...sizes, [1030, 32, 32], [515, 8, 64], [49, 96, 24]];

describe.each(profiles)("$kernels for $kind", (profile) => {
  test.each(sizes)("matmul %i x %i x %i is its reference in all forms", checkForms(profile));
  test.each(layers)("weight gradients of [%i, K] by [%i, %i] are exact", checkWeightGradients(profile));

  test.each(sizes)("every epilogue on %i x %i x %i is its reference", async (M, N, K) => {
    const buffers = {
      bias: input(noise(N, 3)),
      other: input(noise(M * N, 4)),
      z: input(noise(M * N, 5)),
      out: output(M * N),
      out2: output(M * N),
    };
    const { bias, other, z, out, out2 } = buffers;
    const bound = {
      store: [out],
      bias: [bias, out],
      biasAdd: [bias, other, out],
      gelu: [bias, out, out2],
      geluAdd: [bias, other, out, out2],
      geluGrad: [z, out],
    };
    for (const name of Object.keys(epilogues) as EpilogueName[]) {
      const launch = matmulLaunch(
        { ...one, M, N, K, transposeA: false, transposeB: name === "geluGrad" },
        profile,
        name,
      );
      await checkLaunch(launch, input(noise(M * K)), input(noise(K * N, 2)), ...bound[name]);
    }
  });
});

// What the profiles above do not choose by themselves.
describe.each(["lanes-1", "lanes-2"] as const)("the variant %s", (variant) => {
  const tuning = Object.fromEntries(tuningKeys.map((key) => [key, variant]));
  const profile = { kernels: "tuned", kind: "lavapipe", subgroupSize, tuning } as const;
  test.each(sizes)("matmul %i x %i x %i is its reference in all forms", checkForms(profile));
  test.each(layers)("weight gradients of [%i, K] by [%i, %i] are exact", checkWeightGradients(profile));
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
