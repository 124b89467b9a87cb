import { type Device, openDevice, openOracle, scope } from "@snnmlp/tensor";
import { SNNMLP, TrainingStep } from "snnmlp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noise } from "./kernels/run-launch.js";
import { smallConfig, smallTraining } from "./support/small-training.js";
import { stateDistance } from "./support/state-distance.js";

let device: Device;
beforeAll(async () => {
  device = await openDevice({ software: "allow" });
});
afterAll(() => device.close());

const preprocessing = { mean: [0.4], std: [0.3], padding: 0 };
const settings = { preprocessing, clip: 1, weightDecay: 0.05, seed: 7 };
const rates = { main: 1e-2, lif: 1e-3 };

/** Images of noise, the same for the same number. */
const imagesOf = (count: number, number: number) =>
  Uint8Array.from(noise(count * 28 * 28, number), (x) => 127 * (x + 1));
const labelsOf = (count: number, number: number) => Int32Array.from({ length: count }, (_, i) => (3 * i + number) % 10);

describe("gradient accumulation", () => {
  const train = async (on: Device, batchSize: number, accumulationSteps: number, eager: boolean) => {
    using _all = scope(on);
    const model = new SNNMLP(on, smallConfig, { seed: 1 });
    const step = await TrainingStep.create(model, { ...settings, batchSize, accumulationSteps, eager });
    const results = [];
    for (let update = 1; update <= 2; update++) {
      const [images, labels] = [imagesOf(4, update), labelsOf(4, update)];
      const part = (i: number) => ({
        images: images.subarray(i * batchSize * 784, (i + 1) * batchSize * 784),
        labels: labels.subarray(i * batchSize, (i + 1) * batchSize),
      });
      for (let i = 0; i < accumulationSteps - 1; i++) step.accumulate(part(i), update, i);
      results.push(await step.run(part(accumulationSteps - 1), update, rates));
    }
    return { results, state: await model.stateDict() };
  };

  it("is the large batch to rounding", async () => {
    const oracle = openOracle();
    const [whole, parts] = [await train(oracle, 4, 1, true), await train(oracle, 1, 4, true)];
    parts.results.forEach(({ loss, gradientNorm }, i) => {
      expect(loss).toBeCloseTo(whole.results[i]?.loss ?? 0, 6);
      expect(gradientNorm).toBeCloseTo(whole.results[i]?.gradientNorm ?? 0, 6);
    });
    expect(stateDistance(parts.state, whole.state)).toBeLessThan(1e-7);
  });

  it("is the large batch where parts have fewer real images", async () => {
    const oracle = openOracle();
    const [images, labels] = [imagesOf(6, 1), labelsOf(6, 1)];
    const pack = (real: readonly number[], size: number) => {
      const batch = { images: new Uint8Array(size * 784), labels: new Int32Array(size), count: real.length };
      for (const [slot, i] of real.entries()) {
        batch.images.set(images.subarray(i * 784, (i + 1) * 784), slot * 784);
        batch.labels[slot] = labels[i] ?? 0;
      }
      return batch;
    };
    const stateAfter = async (parts: readonly (readonly number[])[], batchSize: number) => {
      using _all = scope(oracle);
      const model = new SNNMLP(oracle, smallConfig, { seed: 1 });
      const accumulationSteps = parts.length;
      const step = await TrainingStep.create(model, { ...settings, batchSize, accumulationSteps, eager: true });
      const batches = parts.map((real) => pack(real, batchSize));
      for (const [i, batch] of batches.slice(0, -1).entries()) step.accumulate(batch, 1, i);
      const { loss } = await step.run(batches.at(-1) ?? pack([], 0), 1, rates);
      return { loss, state: await model.stateDict() };
    };
    const whole = await stateAfter([[0, 1, 2, 3]], 6);
    for (const parts of [
      [[0], [1, 2, 3]],
      [[0, 1, 2], [3]],
      [[0, 1], [2], [3]],
    ]) {
      const { loss, state } = await stateAfter(parts, 3);
      expect(loss, JSON.stringify(parts)).toBeCloseTo(whole.loss, 6);
      expect(stateDistance(state, whole.state), JSON.stringify(parts)).toBeLessThan(1e-6);
    }
  });

  it("is recorded to the bits of eager launches, and allocates nothing per update", async () => {
    const [recorded, eager] = [await train(device, 2, 2, false), await train(device, 2, 2, true)];
    expect(recorded).toEqual(eager);
    const whole = await train(device, 4, 1, false);
    expect(stateDistance(recorded.state, whole.state)).toBeLessThan(1e-4);

    const { step } = await smallTraining(device, { accumulationSteps: 2 });
    const batch = { images: imagesOf(4, 1), labels: labelsOf(4, 1) };
    const update = async (number: number) => {
      step.accumulate(batch, number, 0);
      await step.run(batch, number, rates);
    };
    await update(1);
    const { liveBytes, liveTensors } = device.stats;
    await update(2);
    expect({ liveBytes: device.stats.liveBytes, liveTensors: device.stats.liveTensors }).toEqual({
      liveBytes,
      liveTensors,
    });
    step.dispose();
  });
});
