import { type Device, scope } from "@snnmlp/tensor";
import { toChannelsLast } from "../data/layout.js";
import { SNNMLP } from "../model/snnmlp.js";
import { warmupCosine } from "../schedule.js";
import { TrainingStep } from "../train/step.js";
import { type Comparison, compare } from "./compare.js";
import type { TrainingFixture } from "./fixture.js";

const limits = { tolerance: 1e-3, measure: "norm" } as const;

/**
 * Runs the recorded updates and compares losses, gradient norms and final parameters. The main optimiser takes the
 * recorded rates; the LIFs' has the same schedule with `lif_lr` as its base, and steps from the first update on.
 */
export async function verifyTraining(device: Device, fixture: TrainingFixture): Promise<Comparison[]> {
  using _all = scope(device);
  const { recipe, inputs, labels, learningRates } = fixture;
  const [steps = 0, batchSize = 0, ...image] = inputs.shape;
  const model = new SNNMLP(device, fixture.config);
  model.loadStateDict(fixture.parameters);
  const step = await TrainingStep.create(model, {
    batchSize,
    preprocessing: undefined, // recorded inputs are normalised already
    clip: recipe.clip,
    weightDecay: recipe.weight_decay,
    seed: 0,
  });
  const lifRate = warmupCosine({
    base: recipe.lif_lr,
    warmup: recipe.warmup_lr,
    min: recipe.min_lr,
    warmupSteps: recipe.warmup_steps,
    steps: recipe.steps,
  });
  const batchShape = [batchSize, ...image];
  const perBatch = batchShape.reduce((product, length) => product * length, 1);
  const losses = new Float64Array(steps);
  const norms = new Float64Array(steps);
  for (let i = 0; i < steps; i++) {
    const images = toChannelsLast(inputs.data.subarray(i * perBatch, (i + 1) * perBatch), batchShape);
    const batch = { images, labels: labels.subarray(i * batchSize, (i + 1) * batchSize) };
    const rates = { main: learningRates.data[i] ?? 0, lif: lifRate(i) };
    const { loss, gradientNorm } = await step.run(batch, i + 1, rates);
    losses[i] = loss;
    norms[i] = gradientNorm;
  }
  const results: Comparison[] = [];
  if (fixture.losses) results.push(compare("losses", [steps], losses, fixture.losses.data, limits));
  if (fixture.gradientNorms) results.push(compare("grad_norms", [steps], norms, fixture.gradientNorms.data, limits));
  const final = await model.stateDict();
  for (const [name, expected] of fixture.final) {
    const values = final.get(name)?.data ?? new Float32Array();
    results.push(compare(`final.${name}`, expected.shape, values, expected.data, limits));
  }
  return results;
}
