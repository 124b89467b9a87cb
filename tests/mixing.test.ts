import { openOracle } from "@snnmlp/tensor";
import { beta, ConfigError, cutOf, type MixingSettings, mixingOf, SNNMLP, TrainingStep, type Uniform } from "snnmlp";
import { describe, expect, test } from "vitest";
import { smallConfig } from "./support/small-training.js";
import { timm } from "./support/timm.js";

/** Uniform numbers of a fixed seed (xorshift), independent of the library's own. */
function uniforms(seed: number): Uniform {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const n = 20_000;

describe("beta", () => {
  test.each(Object.entries(timm.deciles))("Beta(%f, same) has its deciles, mean and variance", (name, deciles) => {
    const alpha = Number(name);
    const uniform = uniforms(7);
    const drawn = Array.from({ length: n }, () => beta(alpha, uniform));
    for (const [i, decile] of deciles.entries()) {
      const share = drawn.filter((x) => x < decile).length / n;
      const wanted = (i + 1) / 10;
      expect(Math.abs(share - wanted), `decile ${i + 1}`).toBeLessThan(4 * Math.sqrt((wanted * (1 - wanted)) / n));
    }
    const variance = 1 / (4 * (2 * alpha + 1));
    const mean = drawn.reduce((sum, x) => sum + x, 0) / n;
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(variance / n));
    const found = drawn.reduce((sum, x) => sum + (x - 0.5) ** 2, 0) / n;
    // (x - 1/2)^2 is at most 1/4, so its standard deviation is below 1/8
    expect(Math.abs(found - variance)).toBeLessThan(4 * Math.sqrt(1 / 64 / n));
  });

  test("stays a number where its gammas underflow, and narrows as alpha grows", () => {
    const uniform = uniforms(3);
    const tiny = Array.from({ length: 200 }, () => beta(1e-4, uniform));
    expect(tiny.every((x) => x >= 0 && x <= 1)).toBe(true);
    expect(tiny.filter((x) => x < 1e-6 || x > 1 - 1e-6).length).toBeGreaterThan(190);
    for (let i = 0; i < 100; i++) expect(Math.abs(beta(1e6, uniform) - 0.5)).toBeLessThan(0.005);
  });
});

describe("cutOf", () => {
  test.each(timm.boxes)(
    "size $size, lambda $lambda, centre $centre is timm's",
    ({ size, lambda, centre, ...wanted }) => {
      const draws = centre.map((pixel) => (pixel + 0.5) / size);
      const { lambda: corrected, cut } = cutOf(lambda, size, () => draws.shift() ?? 0);
      const [top, left, height, width] = wanted.box;
      expect(corrected).toBeCloseTo(wanted.corrected, 12);
      expect(cut).toEqual([top, left, height, width]);
    },
  );
});

describe("mixingOf", () => {
  const authors: MixingSettings = { mixup: 0.8, cutmix: 1 };
  const draw = (settings: MixingSettings, seed = 1, count = 4000) =>
    Array.from({ length: count }, (_, update) => mixingOf(settings, seed, update, 224));

  test("half of the batches are cut, the others mixed by Beta(0.8, 0.8)", () => {
    const drawn = draw(authors);
    const cut = drawn.filter((mixing) => mixing.cut);
    expect(Math.abs(cut.length / drawn.length - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / drawn.length));
    const mixed = drawn.filter((mixing) => !mixing.cut).map(({ lambda }) => lambda);
    for (const [i, decile] of (timm.deciles["0.8"] ?? []).entries()) {
      const wanted = (i + 1) / 10;
      const error = mixed.filter((x) => x < decile).length / mixed.length - wanted;
      expect(Math.abs(error)).toBeLessThan(4 * Math.sqrt((wanted * (1 - wanted)) / mixed.length));
    }
    for (const { lambda, cut: box } of cut) {
      const [top = -1, left = -1, height = -1, width = -1] = box ?? [];
      expect(Math.min(top, left, height, width, 224 - top - height, 224 - left - width)).toBeGreaterThanOrEqual(0);
      expect(lambda).toBeCloseTo(1 - (height * width) / 224 ** 2, 12);
    }
  });

  test("depends on seed and update alone", () => {
    expect(draw(authors)).toEqual(draw(authors));
    expect(draw(authors, 2, 10)).not.toEqual(draw(authors, 1, 10));
    expect(new Set(draw(authors, 1, 100).map(({ lambda }) => lambda)).size).toBeGreaterThan(95);
  });

  test("each can be turned off, and so can both", () => {
    expect(draw({ mixup: 0.8, cutmix: 0 }, 1, 100).every(({ cut }) => cut === undefined)).toBe(true);
    expect(draw({ mixup: 0, cutmix: 1 }, 1, 100).every(({ cut }) => cut)).toBe(true);
    expect(draw({ mixup: 0, cutmix: 0 }, 1, 10).every(({ lambda }) => lambda === 1)).toBe(true);
    expect(draw({ ...authors, probability: 0 }, 1, 10).every(({ lambda }) => lambda === 1)).toBe(true);
    const some = draw({ ...authors, probability: 0.25 }).filter(({ lambda, cut }) => lambda === 1 && !cut);
    expect(Math.abs(some.length / 4000 - 0.75)).toBeLessThan(4 * Math.sqrt(0.1875 / 4000));
    expect(draw({ ...authors, switchProbability: 1 }, 1, 50).every(({ cut }) => cut)).toBe(true);
  });
});

test.each([
  [
    { mixing: { mixup: -1, cutmix: 0 } },
    4,
    "mixup must be 0 (off) or the positive parameter of a beta distribution, got -1",
  ],
  [{ mixing: { mixup: 0, cutmix: Number.NaN } }, 4, "cutmix must be 0 (off) or the positive parameter"],
  [{ mixing: { mixup: 1, cutmix: 1, probability: 2 } }, 4, "probability of mixing must be in [0, 1], got 2"],
  [
    { mixing: { mixup: 0.8, cutmix: 1 } },
    5,
    "mixup and cutmix pair the images of a batch, so the batch size must be even, got 5; turn both off (0) for an odd one",
  ],
] as const)("a training step refuses %j with a batch of %i", async (options, batchSize, message) => {
  const model = new SNNMLP(openOracle(), smallConfig);
  const preprocessing = { mean: [0.5], std: [0.5], padding: 0 };
  const made = TrainingStep.create(model, { batchSize, preprocessing, clip: 5, weightDecay: 0, seed: 0, ...options });
  await expect(made).rejects.toThrow(ConfigError);
  await expect(made).rejects.toThrow(message);
});
