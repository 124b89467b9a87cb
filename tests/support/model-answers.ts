import { fileURLToPath } from "node:url";
import { valueAndGrad } from "@snnmlp/autograd";
import { compile, crossEntropy, type Device, scope, type Tensor, tensor } from "@snnmlp/tensor";
import {
  type ModelFixture,
  readFixture,
  SNNMLP,
  type TrainingFixture,
  TrainingStep,
  toChannelsLast,
  toPyTorch,
  warmupCosine,
} from "snnmlp";

/** Whether every op is launched as it is called, or the whole computation is recorded once and replayed. */
export type Mode = "eager" | "program";

/** What a model says to a batch, and what it would learn from it; gradients in PyTorch's names and order. */
export interface Answers {
  readonly logits: Float64Array;
  readonly loss: Float64Array;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** What recorded updates lead to. */
export interface Training {
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
  readonly final: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
}

const pathOf = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}.safetensors`, import.meta.url));

/** Frozen answers of one forward and backward pass. */
export async function modelFixture(name: "snnmlp-2stage" | "snnmlp-nano"): Promise<ModelFixture> {
  const fixture = await readFixture(pathOf(name));
  if (fixture.kind !== "model") throw new Error(`${name} is a ${fixture.kind} fixture`);
  return fixture;
}

/** The recorded training run. */
export async function trainingFixture(): Promise<TrainingFixture> {
  const fixture = await readFixture(pathOf("snnmlp-2stage-20steps"));
  if (fixture.kind !== "training") throw new Error(`a ${fixture.kind} fixture`);
  return fixture;
}

/** Logits, mean cross entropy and all gradients of a fixture's batch, computed on a device. */
export async function answersOf(device: Device, fixture: ModelFixture, mode: Mode): Promise<Answers> {
  using _all = scope(device);
  const model = new SNNMLP(device, fixture.config);
  model.loadStateDict(fixture.parameters);
  const [B = 0, C = 0, H = 0, W = 0] = fixture.input.shape;
  const images = tensor(device, toChannelsLast(fixture.input.data, fixture.input.shape), [B, H, W, C]);
  const labels = tensor(device, fixture.labels, [B], "i32");
  const all = (): Record<string, Tensor> => {
    const inner = scope(device);
    let logits: Tensor | undefined;
    const lossOf = (parameters: SNNMLP["parameters"]) => {
      const y = inner.keep(model.forward(images, { parameters }));
      logits = y;
      return crossEntropy(y, labels);
    };
    const { value, gradient } = valueAndGrad(lossOf)(model.parameters);
    const results = { ...gradient, ...(logits && { logits }), loss: value };
    for (const result of Object.values(results)) inner.keep(result);
    inner.end();
    return results;
  };
  const program = mode === "program" ? await compile(device, { images, labels }, all) : undefined;
  const outputs = program ? program.run() : all();
  const gradients = new Map<string, Float32Array>();
  for (const { name, shape } of model.shapes) {
    const gradient = outputs[name];
    if (gradient) gradients.set(name, toPyTorch(name, shape, Float32Array.from(await gradient.read())));
  }
  const exact = async (name: string) => {
    const found = outputs[name];
    return found ? device.readExact(found) : new Float64Array();
  };
  const answers = { logits: await exact("logits"), loss: await exact("loss"), gradients };
  program?.dispose();
  return answers;
}

/** Runs the first updates of a recorded training: two AdamWs, gradients clipped together, the recorded rates. */
export async function trainAsRecorded(
  device: Device,
  fixture: TrainingFixture,
  mode: Mode,
  updates: number,
): Promise<Training> {
  using _all = scope(device);
  const { recipe, inputs, labels, learningRates } = fixture;
  const [, batchSize = 0, ...image] = inputs.shape;
  const model = new SNNMLP(device, fixture.config);
  model.loadStateDict(fixture.parameters);
  const step = await TrainingStep.create(model, {
    batchSize,
    preprocessing: undefined, // the recorded images are normalised already
    clip: recipe.clip,
    weightDecay: recipe.weight_decay,
    seed: 0,
    eager: mode === "eager",
  });
  const lifRate = warmupCosine({
    base: recipe.lif_lr,
    warmup: recipe.warmup_lr,
    min: recipe.min_lr,
    warmupSteps: recipe.warmup_steps,
    steps: recipe.steps,
  });
  const shape = [batchSize, ...image];
  const size = shape.reduce((product, dim) => product * dim, 1);
  const losses: number[] = [];
  const gradientNorms: number[] = [];
  for (let i = 0; i < updates; i++) {
    const images = toChannelsLast(inputs.data.subarray(i * size, (i + 1) * size), shape);
    const batch = { images, labels: labels.subarray(i * batchSize, (i + 1) * batchSize) };
    const result = await step.run(batch, i + 1, { main: learningRates.data[i] ?? 0, lif: lifRate(i) });
    losses.push(result.loss);
    gradientNorms.push(result.gradientNorm);
  }
  return { losses, gradientNorms, final: await model.stateDict() };
}
