import { add, compile, type Device, dropPath, exp, randomKey, scope, sum, tensor } from "@snnmlp/tensor";
import { describe, expect, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { testDevices } from "../support/check-op.js";
import { smallTraining } from "../support/small-training.js";

/** Losses, gradient norms, and everything the updates left: parameters and both moments, to the bit. */
async function trained(device: Device, options: Parameters<typeof smallTraining>[1], updates = 4) {
  using _all = scope(device);
  const { model, step, update } = await smallTraining(device, options);
  const results: unknown[] = [];
  for (let i = 1; i <= updates; i++) results.push(await update(i));
  for (const { moments, gradients } of [step.main, step.lif]) {
    for (const slab of [moments.m, moments.v, gradients]) {
      for (const shard of slab.shards) results.push(await shard.read());
    }
  }
  results.push(await model.stateDict());
  step.dispose();
  return results;
}

test("a recorded training step gives the bits of eager launches on the oracle", async () => {
  const { oracle } = await testDevices();
  const options = { dropPath: 0.5, checkpointActivations: true };
  expect(await trained(oracle, options, 2)).toEqual(await trained(oracle, { ...options, eager: true }, 2));
});

describe.each(["naive", "tuned"] as const)("on %s", async (which) => {
  const device = (await testDevices())[which];

  test.each([
    ["", {}],
    [" with drop path", { dropPath: 0.5 }],
    [" with mixing and smoothing", { mixing: { mixup: 0.8, cutmix: 1 }, labelSmoothing: 0.1 }],
    [" with drop path and recomputed activations", { dropPath: 0.5, checkpointActivations: true }],
  ])("a recorded training step gives the bits of eager launches%s", async (_, options) => {
    const recorded = await trained(device, options);
    expect(recorded).toEqual(await trained(device, { ...options, eager: true }));
    expect(recorded[0]).not.toEqual(recorded[1]);
  });

  test("the same seed gives the same bits, another seed others", async () => {
    const once = await trained(device, { dropPath: 0.5 });
    expect(await trained(device, { dropPath: 0.5 })).toEqual(once);
    expect(await trained(device, { dropPath: 0.5, seed: 8 })).not.toEqual(once);
  });

  test("recomputed activations are the activations", async () => {
    expect(await trained(device, { checkpointActivations: true })).toEqual(await trained(device, {}));
  });

  test("updates queued before the first is awaited give the same", async () => {
    for (const eager of [false, true]) {
      using _all = scope(device);
      const one = await smallTraining(device, { eager });
      const two = await smallTraining(device, { eager });
      const waited = [await one.update(1), await one.update(2), await one.update(3)];
      expect(await Promise.all([two.update(1), two.update(2), two.update(3)])).toEqual(waited);
      one.step.dispose();
      two.step.dispose();
    }
  });

  test("a Program follows its inputs: values, random keys, captured tensors", async () => {
    using _all = scope(device);
    const x = tensor(device, noise(64), [16, 4]);
    const key = randomKey(device, 1);
    const bias = tensor(device, noise(4, 2), [4]);
    const f = () => add(dropPath(exp(x), key, { rate: 0.5, stream: 3 }), bias);
    const program = await compile(device, { x, key }, () => ({ y: f(), total: sum(f()) }));
    for (let i = 0; i < 3; i++) {
      bias.write(noise(4, 10 + i));
      const { y, total } = program.run({ x: noise(64, 20 + i), key: [1, i] });
      const recorded = [await device.readExact(y), await device.readExact(total)];
      expect(recorded).toEqual([await device.readExact(f()), await device.readExact(sum(f()))]);
    }
    program.dispose();
  });
});
