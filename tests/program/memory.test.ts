import { add, compile, exp, mul, type Shape, scope, sum, type Tensor, tensor } from "@snnmlp/tensor";
import { models, SNNMLP, TrainingStep } from "snnmlp";
import { describe, expect, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { testDevices } from "../support/check-op.js";
import { smallTraining } from "../support/small-training.js";

const { oracle, tuned } = await testDevices();

test.each([
  ["nano", 32, false],
  ["nano", 32, true],
  ["pico", 64, false],
] as const)(
  "a training step of %s at batch %i (recompute: %s) needs no more than 15 % above what is alive at once",
  async (name, batchSize, checkpointActivations) => {
    using _all = scope(tuned);
    const model = new SNNMLP(tuned, models[name]);
    const step = await TrainingStep.create(model, {
      batchSize,
      preprocessing: {
        mean: [0.5, 0.5, 0.5].slice(0, model.config.inChannels),
        std: [1, 1, 1].slice(0, model.config.inChannels),
        padding: 0,
      },
      clip: 5,
      weightDecay: 0.05,
      seed: 0,
      checkpointActivations,
    });
    const { arenaBytes, lowerBoundBytes, unsharedBytes, capturedBytes, peakBytes } = step.plan ?? {};
    expect(arenaBytes).toBeLessThanOrEqual(1.15 * (lowerBoundBytes ?? 0));
    expect(arenaBytes).toBeLessThan(unsharedBytes ?? 0);
    expect(peakBytes).toBe((arenaBytes ?? 0) + (capturedBytes ?? 0));
    step.dispose();
  },
);

describe.each([oracle, tuned])("on $capabilities.name", (device) => {
  test.each([false, true])(
    "100 training steps keep bytes and buffers where they were after step 2 (eager: %s)",
    async (eager) => {
      // On the oracle 5 steps show the same: it counts alike and has no pool.
      const steps = device === oracle ? 5 : 100;
      using _all = scope(device);
      const { step, update } = await smallTraining(device, { eager, dropPath: 0.2 });
      const counts: unknown[] = [];
      for (let i = 1; i <= steps; i++) {
        await update(i);
        const { liveBytes, liveBuffers, liveTensors, pooledBytes, pipelines, peakBytes } = device.stats;
        if (i >= 2) counts.push({ liveBytes, liveBuffers, liveTensors, pooledBytes, pipelines, peakBytes });
      }
      expect(new Set(counts.map((count) => JSON.stringify(count))).size).toBe(1);
      step.dispose();
    },
  );

  test("disposing a training step and its model frees every byte", async () => {
    const before = { ...device.stats };
    for (const eager of [false, true]) {
      const { model, step, update } = await smallTraining(device, { eager });
      await update(1);
      step.dispose();
      step.dispose();
      model.dispose();
      const { liveBytes, liveBuffers, liveTensors } = device.stats;
      expect({ liveBytes, liveBuffers, liveTensors }).toEqual({
        liveBytes: before.liveBytes,
        liveBuffers: before.liveBuffers,
        liveTensors: before.liveTensors,
      });
    }
  });

  test("disposing a Program frees its memory and what it captured alone", async () => {
    const before = { ...device.stats };
    const x = tensor(device, noise(100), [100]);
    const w = tensor(device, noise(100, 2), [100]);
    const program = await compile(device, { x }, () => sum(mul(exp(x), add(w, tensor(device, noise(100, 3), [100])))));
    // The Program holds what it reads, whatever the caller does with it.
    const expected = await program.run().item();
    w.dispose();
    x.dispose();
    expect(await program.run().item()).toBe(expected);
    expect(device.stats.liveBytes).toBeGreaterThan(before.liveBytes);
    program.dispose();
    expect(device.stats.liveBytes).toBe(before.liveBytes);
    expect(device.stats.liveBuffers).toBe(before.liveBuffers);
    expect(device.stats.liveTensors).toBe(before.liveTensors);
  });

  test("a run allocates nothing", async () => {
    using _all = scope(device);
    const x = tensor(device, noise(100), [100]);
    const program = await compile(device, { x }, () => sum(exp(mul(x, 2))));
    const { liveBytes, liveBuffers, liveTensors } = device.stats;
    for (let i = 0; i < 3; i++) {
      program.run({ x: noise(100, i) });
      expect(device.stats).toMatchObject({ liveBytes, liveBuffers, liveTensors });
    }
    program.dispose();
  });
});

test("a step and the read of its report are one submit", async () => {
  using _all = scope(tuned);
  const { step, update } = await smallTraining(tuned);
  await update(1);
  const { submits, dispatches } = tuned.stats;
  await update(2);
  expect(tuned.stats.dispatches - dispatches).toBe(step.plan?.dispatches);
  expect(tuned.stats.submits - submits).toBe(1);
  step.dispose();

  const x: Tensor<Shape, "f32"> = tensor(tuned, noise(100), [100]);
  const program = await compile(tuned, { x }, () => {
    let y = x;
    for (let i = 0; i < 1000; i++) y = add(y, 1);
    return y;
  });
  const before = { ...tuned.stats };
  program.run();
  await tuned.idle();
  expect(tuned.stats.submits - before.submits).toBe(1);
  expect(tuned.stats.dispatches - before.dispatches).toBe(1000);
  program.dispose();
});
