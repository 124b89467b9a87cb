import { roundToHalf } from "@snnmlp/kernels-wgsl";
import { openDevice } from "@snnmlp/tensor";
import { models, randomBatch, SNNMLP, type StepResult, TrainingStep } from "snnmlp";
import { expect, it } from "vitest";
import { runCli } from "./support/cli.js";

const config = { ...models.pico, embedDim: 16, depths: [1, 1] };
const { images, labels, preprocessing } = randomBatch(config, 8);
const rates = { main: 1e-3, lif: 1e-4 };

/** Four updates on one batch; `lossScale` changes what the loss is multiplied by first. */
async function train(precision: "f32" | "f16", { lossScale = 0, eager = false } = {}) {
  await using device = await openDevice({ software: "allow", precision });
  const model = new SNNMLP(device, config, { seed: 1 });
  const options = { batchSize: 8, preprocessing, clip: 5, weightDecay: 0.05, seed: 0, eager };
  using step = await TrainingStep.create(model, options);
  if (lossScale > 0) step.lossScale?.write([lossScale, 0]);
  const results: StepResult[] = [];
  for (const update of [1, 2, 3, 4]) results.push(await step.run({ images, labels }, update, rates));
  const { data } = (await model.stateDict()).get("head.weight") ?? { data: new Float32Array() };
  return { results, head: data };
}

it("a network learns as with f32 products, to the rounding of f16, and keeps its parameters in f32", async () => {
  const [exact, mixed] = [await train("f32"), await train("f16")];
  expect(exact.results.every(({ lossScale }) => lossScale === undefined)).toBe(true);
  for (const [i, { loss, gradientNorm, lossScale }] of mixed.results.entries()) {
    const expected = exact.results[i] ?? { loss: 0, gradientNorm: 0 };
    expect(lossScale).toBe(65_536);
    expect(loss).not.toBe(expected.loss);
    expect(Math.abs(loss / expected.loss - 1)).toBeLessThan(2e-3);
    expect(Math.abs(gradientNorm / expected.gradientNorm - 1)).toBeLessThan(5e-3);
  }
  // An update moves a parameter by about 1e-3.
  const apart = mixed.head.map((value, i) => Math.abs(value - (exact.head[i] ?? 0)));
  expect(Math.max(...apart)).toBeLessThan(2e-3);
  expect(mixed.head.some((value) => roundToHalf(value) !== value)).toBe(true);
});

it("eager and recorded steps have the same bits", async () => {
  expect(await train("f16", { eager: true })).toEqual(await train("f16"));
});

it("a scale that is too large costs an update, halves, and is not seen in the loss", async () => {
  const { results } = await train("f16", { lossScale: 2 ** 40 });
  expect(results.map(({ lossScale = 0 }) => Math.log2(lossScale))).toEqual([40, 39, 38, 37]);
  for (const { gradientNorm } of results) expect(Number.isFinite(gradientNorm)).toBe(false);
  const [first] = (await train("f16")).results;
  for (const { loss } of results) expect(loss).toBeCloseTo(first?.loss ?? 0, 5);
});

it("train takes --precision, keeps it in the run's config, and leaves f32 alone", () => {
  const { stdout } = runCli(["train", "--precision", "f16", "--dry-run", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ recipe: { precision: "f16" } });
  expect(JSON.parse(runCli(["train", "--dry-run", "--json"]).stdout)).toMatchObject({ recipe: { precision: "f32" } });
  expect(runCli(["train", "--precision", "f8", "--dry-run"])).toMatchObject({ code: 2 });
});
