import { type Device, openDevice } from "@snnmlp/tensor";
import {
  type Batch,
  DivergedError,
  type EpochSummary,
  RecentRate,
  recipes,
  type SkippedUpdate,
  type SNNMLP,
  type StepMetrics,
  schedulesOf,
  type TrainingRun,
  train,
  withSettings,
} from "snnmlp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noise } from "./kernels/run-launch.js";
import { smallTraining } from "./support/small-training.js";

let device: Device;
beforeAll(async () => {
  device = await openDevice({ software: "allow" });
});
afterAll(() => device.close());

const batchSize = 4;
const batchesPerEpoch = 4;

/** A run of two epochs over batches of noise; `before` is called with the number of each batch that is asked for, and may say how many images it has. */
async function run(before: (batch: number, model: SNNMLP) => unknown, options: Partial<TrainingRun> = {}) {
  const { accumulationSteps = 1 } = options;
  const training = await smallTraining(device, { accumulationSteps });
  const [asked, steps, epochs, skipped] = [
    [] as number[],
    [] as StepMetrics[],
    [] as EpochSummary[],
    [] as SkippedUpdate[],
  ];
  const batches = {
    batchesPerEpoch,
    async at(number: number): Promise<Batch> {
      asked.push(number);
      const told = before(number, training.model);
      const count = typeof told === "number" ? told : batchSize;
      const images = Uint8Array.from(noise(batchSize * 784, number + 1), (x) => 127 * (x + 1));
      const [labels, indices] = [Int32Array.of(1, 2, 3, 4), Uint32Array.of(0, 1, 2, 3)];
      return { images, labels, indices, erase: new Int32Array(4 * batchSize), count };
    },
  };
  const settings = withSettings(recipes.imagenet, { epochs: 2, batchSize, accumulationSteps, warmupEpochs: 0 });
  const schedules = schedulesOf(settings, batchesPerEpoch);
  const made = train({
    step: training.step,
    batches,
    batchSize: batchSize * accumulationSteps,
    schedules,
    onStep: (metrics) => steps.push(metrics),
    onEpoch: async (summary) => void epochs.push(summary),
    onSkip: (update) => skipped.push(update),
    ...options,
  });
  return { ...training, made, asked, steps, epochs, skipped, schedules };
}

describe("train", () => {
  it("asks for every batch once, sums epochs up, and lets tau and Vth rest in the first", async () => {
    const { made, asked, steps, epochs, schedules } = await run(() => undefined);
    expect(await made).toBe(8);
    expect(asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(steps.map(({ step, epoch }) => [step, epoch])).toEqual(asked.map((i) => [i + 1, Math.floor(i / 4)]));
    expect(steps.map(({ learningRate }) => learningRate)).toEqual(asked.map((i) => schedules.main(i)));
    expect(steps.map(({ lifLearningRate }) => lifLearningRate > 0)).toEqual(asked.map((i) => i >= 4));
    expect(epochs.map(({ step, epoch, skipped }) => [step, epoch, skipped])).toEqual([
      [4, 0, 0],
      [8, 1, 0],
    ]);
    const mean = steps.slice(4).reduce((sum, { loss }) => sum + loss / 4, 0);
    expect(epochs[1]?.trainLoss).toBeCloseTo(mean, 9);
  });

  it("takes the batches of an update in order, across the ends of epochs", async () => {
    const { made, asked, steps, epochs } = await run(() => undefined, { accumulationSteps: 3 });
    expect(await made).toBe(2);
    expect(asked).toEqual([0, 1, 2, 3, 4, 5]);
    expect(steps.map(({ step, epoch }) => [step, epoch])).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect(epochs.map(({ step }) => step)).toEqual([1, 2]);
  });
});

describe("batches without a usable image", () => {
  it("leave their update out, after those before it", async () => {
    const { made, steps, epochs, skipped } = await run((batch) => (batch === 2 ? 0 : batchSize));
    expect(await made).toBe(8);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 4, 5, 6, 7, 8]);
    expect(skipped).toEqual([{ step: 3, skipped: "update 3: none of its images can be used" }]);
    expect(epochs.map((epoch) => epoch.skipped)).toEqual([1, 0]);
  });

  it("are no matter among others of an update", async () => {
    const { made, steps, skipped } = await run((batch) => (batch === 2 ? 0 : batchSize), { accumulationSteps: 2 });
    expect(await made).toBe(4);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    expect(steps.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(skipped).toEqual([]);
  });
});

describe("a loss that is not finite", () => {
  const name = "layers.0.blocks.0.mlp.fc1.bias";
  const set = (model: SNNMLP, value: number) => model.parameters[name]?.write(new Float32Array(32).fill(value));

  it("ends the run, naming the update and the layer", async () => {
    const { made, steps } = await run((batch, model) => {
      if (batch === 2) set(model, Number.NaN);
    });
    const error = await made.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(DivergedError);
    expect(String(error)).toContain(
      `update 3: loss NaN, gradient norm NaN; parameter ${name} holds a value that is not finite`,
    );
    expect(String(error)).toContain("--on-nonfinite skip");
    expect(steps.map(({ step }) => step)).toEqual([1, 2]);
  });

  it("is left out and counted where that is asked for, and the run goes on", async () => {
    const onNotFinite = "skip";
    const { made, model, steps, epochs, skipped } = await run(
      (batch, model) => {
        if (batch === 2) set(model, Number.NaN);
        if (batch === 4) set(model, 0.5);
      },
      { onNotFinite },
    );
    expect(await made).toBe(8);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 5, 6, 7, 8]);
    expect(skipped.map(({ step }) => step)).toEqual([3, 4]);
    expect(skipped[0]?.skipped).toMatch(/^update 3: loss NaN, gradient norm NaN; /);
    expect(epochs.map(({ skipped }) => skipped)).toEqual([2, 0]);
    expect(epochs.every(({ trainLoss }) => Number.isFinite(trainLoss))).toBe(true);
    for (const { data } of (await model.stateDict()).values()) expect(data.every(Number.isFinite)).toBe(true);
  });

  it("ends the run after 50 in a row", async () => {
    const settings = withSettings(recipes.digits, { steps: 60 });
    const { made, skipped } = await run((_, model) => set(model, Number.NaN), {
      onNotFinite: "skip",
      schedules: schedulesOf(settings, batchesPerEpoch),
    });
    await expect(made).rejects.toThrow("50 updates in a row had to be left out; lower the learning rate");
    expect(skipped.length).toBe(49);
  });
});

it("RecentRate takes the last ten updates together, because results of several may arrive at once", () => {
  const rate = new RecentRate(8);
  const start = performance.now();
  const near = (value: number, expected: number) => expect(Math.abs(value / expected - 1)).toBeLessThan(0.01);
  near(rate.add(start + 1000), 8);
  near(rate.add(start + 1000), 16);
  for (let i = 2; i <= 9; i++) near(rate.add(start + 1000 * i), (8 * (i + 1)) / i);
  near(rate.add(start + 10_000), (8 * 10) / 9);
  for (let i = 11; i <= 40; i++) near(rate.add(start + 1000 * i), 8);
  rate.restart();
  near(rate.add(performance.now() + 2000), 4);
});
