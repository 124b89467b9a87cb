import { createRequire } from "node:module";
import { matmulLaunch, type Profile, roundToHalf, weightGradientChain } from "@snnmlp/kernels-wgsl";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHalf, toHalf } from "./float16.js";
import { checkLaunch, checkLaunches, input, noise, output, testDevice } from "./run-launch.js";

const device = await testDevice();
const mixed: Profile = { kernels: "tuned", kind: "gpu", precision: "f16" };
const forms = [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })));

describe.skipIf(!device.features.has("shader-f16"))("products of mixed precision", () => {
  it.each([
    [1, 4, 1],
    [17, 36, 12],
    [65, 64, 68],
    [70, 132, 33],
    [1030, 32, 32],
  ])("%i x %i x %i are those of the rounded operands, added in f32", async (M, N, K) => {
    for (const form of forms) {
      const launch = matmulLaunch({ batches: 2, M, N, K, ...form, sharedA: false, sharedB: true }, mixed);
      expect(launch.kernel.key).toContain("E=f16");
      await checkLaunch(launch, input(noise(2 * M * K)), input(noise(K * N, 2)), output(2 * M * N));
    }
    const chain = weightGradientChain({ M, N, K }, mixed);
    const scratch = chain.scratch.map((length) => output(length));
    const buffers = [input(noise(M * K)), input(noise(M * N, 2)), output(K * N), output(N), ...scratch];
    await checkLaunches(
      chain.steps,
      buffers,
      scratch.map((_, i) => 4 + i),
    );
  });

  it("differ from f32 products by the rounding of f16, and no more", async () => {
    const dims = {
      batches: 1,
      M: 32,
      N: 32,
      K: 256,
      transposeA: false,
      transposeB: false,
      sharedA: false,
      sharedB: false,
    };
    const [a, b] = [input(noise(32 * 256)).values, input(noise(256 * 32, 2)).values];
    const result = (profile: Profile): Float64Array => {
      const c = new Float64Array(32 * 32);
      matmulLaunch(dims, profile).reference(a, b, c);
      return c;
    };
    const [exact, rounded] = [result({ kernels: "tuned", kind: "gpu" }), result(mixed)];
    const furthest = Math.max(...exact.map((value, i) => Math.abs(value - (rounded[i] ?? 0))));
    expect(furthest).toBeGreaterThan(1e-4);
    // 256 products, each off by at most 2^-11 of both operands, which are below 1
    expect(furthest).toBeLessThan(256 * 2 * 2 ** -11);
  });
});

it("rounds to f16 as the format does", () => {
  const half = fc.float({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(half, (x) => {
      expect(roundToHalf(x) + 0).toBe(fromHalf(toHalf(x)) + 0);
    }),
  );
  for (const x of [
    0,
    1,
    65_504,
    65_519,
    65_520,
    -1e6,
    2 ** -24,
    2 ** -25,
    3 * 2 ** -25,
    1 + 2 ** -11,
    1 + 3 * 2 ** -11,
  ]) {
    expect(roundToHalf(x) + 0).toBe(fromHalf(toHalf(x)) + 0);
  }
});

const require = createRequire(import.meta.resolve("@snnmlp/tensor"));
const { create } = require("webgpu") as { create(flags: string[]): GPU };
/** Dawn without a driver: it checks shaders for features this machine lacks, and runs nothing. Kept, or Dawn crashes. */
const nothing = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);

async function nullDevice(): Promise<GPUDevice> {
  const adapter = await nothing.requestAdapter();
  if (!adapter) throw new Error("Dawn has no null adapter");
  const features = ["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"] as GPUFeatureName[];
  return adapter.requestDevice({ requiredFeatures: features });
}

it("the shader for matrix units is valid WGSL with every epilogue and form", async () => {
  const checker = await nullDevice();
  for (const form of forms) {
    for (const epilogue of ["store", "bias", "biasAdd", "gelu", "geluAdd", "geluGrad"] as const) {
      const dims = { batches: 1, M: 64, N: 64, K: 64, ...form, sharedA: false, sharedB: false };
      const { kernel } = matmulLaunch(dims, { ...mixed, subgroupMatrix: true }, epilogue);
      expect(kernel.name).toBe(`matmul/matrix-f16+${epilogue}`);
      const module = checker.createShaderModule({ code: kernel.code });
      const { messages } = await module.getCompilationInfo();
      expect(messages.filter(({ type }) => type === "error").map(({ message }) => message)).toEqual([]);
    }
  }
});
