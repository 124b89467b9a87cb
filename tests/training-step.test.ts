import { type Device, openDevice } from "@snnmlp/tensor";
import { SNNMLP, TrainingStep } from "snnmlp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noise } from "./kernels/run-launch.js";
import { smallConfig, smallTraining } from "./support/small-training.js";

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

it("the moving average follows a = decay a + (1 - decay) p over all learned parameters", async () => {
  const { model, step, update } = await smallTraining(device, { emaDecay: 0.75 });
  let expected = new Map([...(await model.stateDict())].map(([name, { data }]) => [name, Float64Array.from(data)]));
  for (let number = 1; number <= 3; number++) {
    await update(number);
    const now = await model.stateDict();
    const blend = (name: string, old: Float64Array) =>
      old.map((value, i) => 0.75 * value + 0.25 * (now.get(name)?.data[i] ?? Number.NaN));
    expected = new Map([...expected].map(([name, old]) => [name, blend(name, old)]));
  }
  const averages = step.average?.averages ?? {};
  expect(Object.keys(averages).sort()).toEqual([...expected.keys()].sort());
  const tau = "layers.1.blocks.0.lif_module.lif1.tau";
  for (const name of [tau, "norm.weight", "head.bias"]) {
    const got = await averages[name]?.read();
    expected.get(name)?.forEach((value, i) => {
      expect(got?.[i], name).toBeCloseTo(value, 6);
    });
  }
  expect((await model.parameters[tau]?.read())?.[0]).not.toBe((await averages[tau]?.read())?.[0]);
  step.dispose();
});

describe("tau and Vth", () => {
  const neurons = async (model: SNNMLP) =>
    Object.fromEntries(
      [...(await model.stateDict())]
        .filter(([name]) => /lif\d\./.test(name))
        .map(([name, { data }]) => [name, data[0] ?? Number.NaN]),
    );
  const batch = { images: imagesOf(4, 1), labels: labelsOf(4, 1) };

  it("are left alone while their number of update is 0, and then take a first step of AdamW", async () => {
    const { model, step } = await smallTraining(device);
    const before = await neurons(model);
    const head = await model.parameters["head.weight"]?.read();
    await step.run(batch, 1, { ...rates, lifUpdate: 0 });
    await step.run(batch, 2, { ...rates, lifUpdate: 0 });
    expect(await neurons(model)).toEqual(before);
    expect(await model.parameters["head.weight"]?.read()).not.toEqual(head);
    await step.run(batch, 3, { ...rates, lifUpdate: 1 });
    for (const [name, value] of Object.entries(await neurons(model))) {
      // The first step of Adam is as long as its rate, whatever the gradient.
      expect(Math.abs(value - (before[name] ?? 0)), name).toBeCloseTo(rates.lif, 5);
    }
    step.dispose();
  });

  it.each([
    [{ tau: true }, /Vth$/],
    [{ vth: true }, /tau$/],
    [{ tau: true, vth: true }, /never/],
  ])("fixed as %j keep their values and count for no gradient norm", async (fixed, learned) => {
    const model = new SNNMLP(device, smallConfig, { seed: 1, fixed });
    const step = await TrainingStep.create(model, { ...settings, batchSize: 4 });
    const before = await neurons(model);
    await step.run(batch, 1, rates);
    for (const [name, value] of Object.entries(await neurons(model))) {
      expect(value !== before[name], name).toBe(learned.test(name));
    }
    expect(Object.keys(step.lif.gradients.tensors).every((name) => learned.test(name))).toBe(true);
    step.dispose();
  });

  it("are none in a model without LIFs, which trains", async () => {
    const model = new SNNMLP(device, { ...smallConfig, lifGroup: -1 }, { seed: 1 });
    const step = await TrainingStep.create(model, { ...settings, batchSize: 4 });
    const losses = [];
    for (let update = 1; update <= 4; update++) losses.push((await step.run(batch, update, rates)).loss);
    expect(losses[3]).toBeLessThan(losses[0] ?? 0);
    step.dispose();
  });
});

describe("an update that is not finite", () => {
  const batch = { images: imagesOf(4, 1), labels: labelsOf(4, 1) };
  const spoil = async (model: SNNMLP, name: string, value: number, count?: number) => {
    const parameter = model.parameters[name];
    const values = (await parameter?.read()) ?? new Float32Array();
    parameter?.write(values.fill(value, 0, count));
  };
  /** Every parameter and moment. */
  const all = async (model: SNNMLP, { main, lif }: TrainingStep) => {
    const moments = [main, lif].flatMap(({ moments: { m, v } }) => [m.tensors, v.tensors]);
    const tensors = [model.parameters, ...moments].flatMap((each) => Object.values(each));
    return Promise.all(tensors.map((tensor) => tensor.read()));
  };

  it("in the images changes no parameter and no moment, and is located", async () => {
    for (const accumulationSteps of [1, 2]) {
      const model = new SNNMLP(device, smallConfig, { seed: 1 });
      const options = { ...settings, preprocessing: undefined, batchSize: 4, emaDecay: 0.5, accumulationSteps };
      const step = await TrainingStep.create(model, options);
      const fine = { images: Float32Array.from(noise(4 * 784)), labels: labelsOf(4, 1) };
      const broken = { ...fine, images: fine.images.map((x, i) => (i === 1000 ? Number.NaN : x)) };
      const run = (last: typeof fine, update: number) => {
        if (accumulationSteps === 2) step.accumulate(fine, update, 0);
        return step.run(last, update, rates);
      };
      await run(fine, 1);
      const before = await all(model, step);
      const { loss, gradientNorm } = await run(broken, 2);
      expect(Number.isFinite(loss) && Number.isFinite(gradientNorm)).toBe(false);
      expect(await all(model, step)).toEqual(before);
      const averages = await step.average?.averages["head.bias"]?.read();
      const batches = accumulationSteps === 2 ? [fine, broken] : [broken];
      expect(await step.locate(batches, 2)).toBe("the input images are not finite");
      expect(await all(model, step)).toEqual(before);
      expect(await step.average?.averages["head.bias"]?.read()).toEqual(averages);
      const after = await run(fine, 3);
      expect(Number.isFinite(after.loss)).toBe(true);
      expect((await all(model, step))[0]).not.toEqual(before[0]);
      step.dispose();
    }
  });

  it.each<[string, string, number, number | undefined, RegExp]>([
    ["a parameter", "norm.weight", Number.NaN, 1, /^parameter norm\.weight holds a value that is not finite$/],
    [
      "a block",
      "layers.1.blocks.0.mlp.fc2.weight",
      3e38,
      undefined,
      /^layers\.1\.blocks\.0 is the first layer whose output/,
    ],
    [
      "a patch merging",
      "layers.0.downsample.reduction.weight",
      3e38,
      undefined,
      /^layers\.0\.downsample is the first layer/,
    ],
    ["the head", "head.weight", 3.4e38, undefined, /^head is the first layer whose output is not finite$/],
    ["a gradient", "head.weight", 1e25, 1, /^the gradient of \S+ is as large as \S+e\+\d+$/],
  ])("in %s is located there", async (_, name, value, count, message) => {
    const { model, step } = await smallTraining(device);
    await spoil(model, name, value, count);
    const before = await all(model, step);
    const { loss, gradientNorm } = await step.run(batch, 1, rates);
    expect(Number.isFinite(loss) && Number.isFinite(gradientNorm)).toBe(false);
    expect(await all(model, step)).toEqual(before);
    expect(await step.locate([batch], 1)).toMatch(message);
    expect(await all(model, step)).toEqual(before);
    step.dispose();
  });
});
