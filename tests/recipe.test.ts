import { readFileSync } from "node:fs";
import { type RunSettings, recipes, schedulesOf, withSettings } from "snnmlp";
import { describe, expect, it } from "vitest";

/** From tests/fixtures/recipe/schedules.py: the authors' loop with timm 0.3.2's formulas. */
const recorded: {
  settings: Partial<RunSettings>;
  batchesPerEpoch: number;
  main: number[];
  lif: number[];
  lifSteps: boolean[];
}[] = JSON.parse(readFileSync(new URL("fixtures/recipe/schedules.json", import.meta.url), "utf8"));

describe("the authors' schedules", () => {
  it.each(recorded)("$settings", ({ settings, batchesPerEpoch, main, lif, lifSteps }) => {
    const run = schedulesOf(withSettings(recipes.imagenet, settings), batchesPerEpoch);
    expect(run.updates).toBe(main.length);
    for (const [update, rate] of main.entries()) {
      expect(run.main(update) / rate, `main at ${update}`).toBeCloseTo(1, 12);
      expect(run.lif(update) / (lif[update] ?? 0), `lif at ${update}`).toBeCloseTo(1, 12);
      expect(update >= run.firstLifUpdate, `LIF learns at ${update}`).toBe(lifSteps[update]);
    }
  });

  it("run the first two updates at time 0, and scale by 512 images, but not the LIFs' rate", () => {
    const { main, lif, updates, firstLifUpdate } = schedulesOf(recipes.imagenet, 10_009);
    expect([main(0), main(1)]).toEqual([1e-6, 1e-6]);
    expect(main(2)).toBeCloseTo(1e-6 + (8 * (1e-3 - 1e-6)) / 200_180, 15);
    expect(updates).toBe(Math.floor((300 * 10_009) / 8));
    const peak = Math.ceil(200_180 / 8) + 1;
    expect(Math.max(...[peak - 1, peak, peak + 1].map(lif))).toBeLessThan(1e-4);
    expect(lif(peak)).toBeGreaterThan(0.98e-4);
    expect(firstLifUpdate).toBe(1251);
    const alone = schedulesOf({ ...recipes.imagenet, accumulationSteps: 1 }, 10);
    expect([alone.main(0), alone.main(1)]).toEqual([1.25e-7, 1.25e-7]);
    expect(alone.main(2)).toBeGreaterThan(1.25e-7);
    const large = schedulesOf({ ...recipes.imagenet, batchSize: 1024, accumulationSteps: 1 }, 1251);
    const eight = schedulesOf(recipes.imagenet, 8 * 1251);
    for (const update of [0, 1, 2, 777, 25_020, 25_021, 300_000]) expect(eight.main(update)).toBe(large.main(update));
  });

  it("refuse epochs without an update", () => {
    const settings = withSettings(recipes.imagenet, { epochs: 1, batchSize: 4, accumulationSteps: 8 });
    expect(() => schedulesOf(settings, 7)).toThrow("1 epochs of 7 batches hold no update of 8 batches");
  });
});

describe("recipes", () => {
  it("have the authors' values", () => {
    expect(recipes.imagenet).toMatchObject({
      epochs: 300,
      batchSize: 128,
      accumulationSteps: 8,
      scheduler: "cosine",
      learningRate: 5e-4,
      lifLearningRate: 1e-4,
      warmupLearningRate: 5e-7,
      minLearningRate: 5e-6,
      warmupEpochs: 20,
      weightDecay: 0.05,
      lifWeightDecay: 0,
      clip: 5,
      lifStartEpoch: 0,
      emaDecay: 0,
    });
  });

  it("are changed field by field; epochs replace steps, and a batch size is that of an update", () => {
    expect(withSettings(recipes.digits, { epochs: 2 }).steps).toBeUndefined();
    expect(withSettings(recipes.imagenet, { steps: 7 })).toMatchObject({
      steps: 7,
      batchSize: 128,
      accumulationSteps: 8,
    });
    expect(withSettings(recipes.imagenet, { batchSize: 32 }).accumulationSteps).toBe(1);
    expect(withSettings(recipes.imagenet, { batchSize: 32, accumulationSteps: 2 }).accumulationSteps).toBe(2);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ learningRate: -1 }, "learningRate: Too small: expected number to be >0"],
    [{ scheduler: "linear" }, 'scheduler: Invalid option: expected one of "cosine"|"step"|"one-cycle"'],
    [{ epochs: 1, steps: 2 }, "a run has either epochs or steps"],
    [{ momentum: 0.9 }, 'Unrecognized key: "momentum"'],
  ])("refuse %j", (changes, message) => {
    expect(() => withSettings(recipes.digits, changes)).toThrow(message);
  });
});
