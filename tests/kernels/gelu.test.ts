import { ceilDiv, erf, gelu, geluFunctions, geluGrad, kernel, type Launch, words } from "@snnmlp/kernels-wgsl";
import { expect, test } from "vitest";
import { input, output, runOnGpu, runReference } from "./run-launch.js";

function launch(call: string, length: number, f: (x: number) => number): Launch {
  const source = `${geluFunctions}
    @group(0) @binding(1) var<storage, read> x: array<f32>;
    @group(0) @binding(2) var<storage, read_write> y: array<f32>;
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) gid: vec3u) {
      if (gid.x < arrayLength(&x)) { y[gid.x] = ${call}(x[gid.x]); }
    }`;
  return {
    kernel: kernel(`test/${call}`, source),
    params: words(),
    grid: [ceilDiv(length, 64), 1, 1],
    bytes: 8 * length,
    flops: length,
    reference: (x: Float64Array, y: Float64Array) => y.set(x.map(f)),
  };
}

test("erf in float64 meets tabulated values", () => {
  // Abramowitz and Stegun, table 7.1
  expect(erf(0.5)).toBeCloseTo(0.5204998778130465, 15);
  expect(erf(1)).toBeCloseTo(0.8427007929497149, 15);
  expect(erf(2)).toBeCloseTo(0.9953222650189527, 15);
  expect(erf(-3.5)).toBeCloseTo(-0.9999992569016276, 14);
  expect(erf(0)).toBe(0);
  expect(erf(9)).toBe(1);
  expect(gelu(1)).toBeCloseTo(0.8413447460685429, 15);
});

test("geluGrad is the derivative of gelu", () => {
  for (const x of [-7, -3, -0.3, 0, 0.7, 2.5, 9]) {
    expect(geluGrad(x)).toBeCloseTo((gelu(x + 1e-5) - gelu(x - 1e-5)) / 2e-5, 9);
  }
});

test.each([
  ["erf1", erf, 2.5e-7],
  ["gelu1", gelu, 2.5e-7],
  ["geluGrad1", geluGrad, 4e-7],
] as const)("%s in WGSL is within a few ulp of float64 over [-8, 8]", async (call, f, bound) => {
  const x = input(Array.from({ length: 40_001 }, (_, i) => (i - 20_000) / 2500));
  const y = output(x.values.length);
  const steps = [[launch(call, x.values.length, f), [0, 1]]] as const;
  const got = (await runOnGpu(steps, [x, y]))[1] ?? [];
  const expected = runReference(steps, [x, y])[1] ?? [];
  let worst = 0;
  for (const [i, want] of expected.entries()) {
    const error = Math.abs((got[i] ?? Number.NaN) - want) / Math.max(1, Math.abs(want));
    if (!(error <= worst)) worst = error;
  }
  expect(worst).toBeLessThan(bound);
});
