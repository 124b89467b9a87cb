import { type Distribution, dropPathLaunch, philox, randomLaunch } from "@snnmlp/kernels-wgsl";
import { describe, expect, test } from "vitest";
import { checkLaunch, input, noise, output } from "./run-launch.js";

const key = input([1234, 7], "u32");

async function drawn(distribution: Distribution, count: number, stream = 3, dtype: "f32" | "u32" | "i32" = "f32") {
  const launch = randomLaunch(distribution, count, stream, dtype);
  const [, y] = await checkLaunch(launch, key, output(count, dtype));
  return y ?? new Float64Array();
}

const mean = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const moment = (values: Float64Array, power: number): number => {
  const centre = mean(values);
  return mean(values.map((x) => (x - centre) ** power));
};

// The known answers of Random123 1.09, file kat_vectors.
test("Philox4x32-10 gives Random123's known answers", () => {
  expect(philox([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  const ones = 0xffffffff;
  expect(philox([ones, ones, ones, ones], [ones, ones])).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  expect(philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
    0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
  ]);
});

test("the kernel draws the same words", async () => {
  const words = await drawn({ kind: "bits" }, 1001, 5, "u32");
  expect([...words.slice(4, 8)]).toEqual(philox([1, 5, 0, 0], [1234, 7]));
  const launch = randomLaunch({ kind: "bits" }, 4, 0, "u32");
  const [, first] = await checkLaunch(launch, input([0, 0], "u32"), output(4, "u32"));
  expect([...(first ?? [])]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
});

describe("distributions, 100,000 draws", () => {
  const n = 100_000;

  test("uniform", async () => {
    const y = await drawn({ kind: "uniform", low: -1, high: 3 }, n);
    expect(Math.min(...y.slice(0, 50_000))).toBeGreaterThanOrEqual(-1);
    expect(y.every((x) => x < 3)).toBe(true);
    // 4 standard errors: std 4/sqrt(12), of the mean /sqrt(n)
    expect(Math.abs(mean(y) - 1)).toBeLessThan((4 * 4) / Math.sqrt(12 * n));
    expect(moment(y, 2)).toBeCloseTo(16 / 12, 1);
    // chi-square over 100 cells: mean 99, std sqrt(198)
    const cells = new Float64Array(100);
    for (const x of y) cells[Math.floor(((x + 1) / 4) * 100)] = (cells[Math.floor(((x + 1) / 4) * 100)] ?? 0) + 1;
    const chi = cells.reduce((sum, count) => sum + (count - n / 100) ** 2 / (n / 100), 0);
    expect(Math.abs(chi - 99)).toBeLessThan(4 * Math.sqrt(198));
  });

  test("normal", async () => {
    const y = await drawn({ kind: "normal", mean: 2, std: 3 }, n);
    expect(Math.abs(mean(y) - 2)).toBeLessThan((4 * 3) / Math.sqrt(n));
    expect(Math.abs(moment(y, 2) / 9 - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(y, 3) / 27)).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(moment(y, 4) / 81 - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    // the four numbers of a block are uncorrelated
    for (const lag of [1, 2, 3]) {
      const products = y.slice(lag).map((x, i) => (x - 2) * ((y[i] ?? 0) - 2));
      expect(Math.abs(mean(products) / 9)).toBeLessThan(4 / Math.sqrt(n));
    }
  });

  test("bernoulli and integers", async () => {
    const heads = await drawn({ kind: "bernoulli", p: 0.3 }, n, 1, "u32");
    expect(Math.abs(mean(heads) - 0.3)).toBeLessThan(4 * Math.sqrt(0.21 / n));
    const dice = await drawn({ kind: "integers", low: -3, high: 3 }, n, 2, "i32");
    for (let face = -3; face < 3; face++) {
      const share = dice.filter((x) => x === face).length / n;
      expect(Math.abs(share - 1 / 6), `face ${face}`).toBeLessThan(4 * Math.sqrt(5 / 36 / n));
    }
  });

  test("streams and keys differ", async () => {
    const a = await drawn({ kind: "bits" }, 64, 1, "u32");
    const b = await drawn({ kind: "bits" }, 64, 2, "u32");
    expect(a.some((word, i) => word === b[i])).toBe(false);
  });
});

describe("drop-path", () => {
  test.each([
    [1, 1],
    [5, 7],
    [13, 64],
  ])("%i samples of %i numbers, with and without residual", async (samples, inner) => {
    const dims = { samples, inner, rate: 0.4, stream: 9 };
    const x = input(noise(samples * inner));
    const [, , y] = await checkLaunch(dropPathLaunch({ ...dims, residual: false }), key, x, output(x.values.length));
    const residual = input(noise(samples * inner, 2));
    await checkLaunch(dropPathLaunch({ ...dims, residual: true }), key, x, output(x.values.length), residual);
    for (let b = 0; b < samples; b++) {
      const row = y?.slice(b * inner, (b + 1) * inner) ?? new Float64Array();
      const dropped = row.every((value) => value === 0);
      const kept = row.every((value, i) => Math.abs(value - (x.values[b * inner + i] ?? 0) / 0.6) < 1e-6);
      expect(dropped || kept).toBe(true);
    }
  });

  test("keeps 1 - rate of the samples, and all of them at rate 0", async () => {
    const ones = input(new Float64Array(4000).fill(1));
    const dims = { samples: 4000, inner: 1, stream: 0, residual: false };
    const [, , some] = await checkLaunch(dropPathLaunch({ ...dims, rate: 0.25 }), key, ones, output(4000));
    expect(Math.abs(mean(some ?? new Float64Array()) - 1)).toBeLessThan(4 * Math.sqrt(0.25 / 0.75 / 4000));
    const [, , all] = await checkLaunch(dropPathLaunch({ ...dims, rate: 0 }), key, ones, output(4000));
    expect(all?.every((value) => value === 1)).toBe(true);
  });
});
