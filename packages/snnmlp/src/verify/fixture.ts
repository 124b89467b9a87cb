import type { FloatTensor } from "../checkpoint/checkpoint.js";
import { readSafetensors } from "../checkpoint/read-safetensors.js";
import type { SnnmlpConfig } from "../config.js";
import { FixtureReader } from "./fixture-reader.js";
import { type LifCase, readLifCases } from "./lif-case.js";
import { type Recipe, recipeSchema, torchErrorSchema } from "./metadata.js";

/** Frozen answers of one forward and backward pass. Tensors are NCHW and OIHW, as PyTorch writes them. */
export interface ModelFixture {
  readonly kind: "model";
  readonly config: SnnmlpConfig;
  /** [B, inChannels, imageSize, imageSize] */
  readonly input: FloatTensor;
  /** Classes [B]. */
  readonly labels: Int32Array<ArrayBuffer>;
  readonly parameters: ReadonlyMap<string, FloatTensor>;
  /** [B, numClasses] */
  readonly logits: FloatTensor | undefined;
  /** Mean cross entropy [1]. */
  readonly loss: FloatTensor | undefined;
  /** By parameter name; empty when the file has none. */
  readonly gradients: ReadonlyMap<string, FloatTensor>;
  /** Errors of PyTorch's own f32 arithmetic, when the file tells them; see `torchErrorSchema`. */
  readonly torchError: { readonly logits?: number | undefined; readonly grad?: number | undefined };
}

/** A recorded training run of `steps` updates. */
export interface TrainingFixture {
  readonly kind: "training";
  readonly config: SnnmlpConfig;
  readonly recipe: Recipe;
  /** [steps, B, inChannels, imageSize, imageSize] */
  readonly inputs: FloatTensor;
  /** Classes [steps * B]. */
  readonly labels: Int32Array<ArrayBuffer>;
  readonly parameters: ReadonlyMap<string, FloatTensor>;
  /** Learning rate of each update's main optimiser [steps]. */
  readonly learningRates: FloatTensor;
  /** Loss before each update [steps], when the file has it; so the others. */
  readonly losses: FloatTensor | undefined;
  /** Gradient norm before clipping [steps]. */
  readonly gradientNorms: FloatTensor | undefined;
  readonly final: ReadonlyMap<string, FloatTensor>;
}

/** LIF layers alone. */
export interface LifFixture {
  readonly kind: "lif";
  readonly cases: readonly LifCase[];
}

/** Frozen answers of one of three kinds, told apart by `kind`. */
export type Fixture = ModelFixture | TrainingFixture | LifFixture;

/**
 * Reads frozen answers and finds out what they are about from the names of their tensors.
 *
 * @throws SafetensorsError, ConfigError, or FixtureError naming the tensor or metadata at fault
 */
export async function readFixture(path: string): Promise<Fixture> {
  const reader = new FixtureReader(await readSafetensors(path));
  if (reader.has("0.x")) return { kind: "lif", cases: readLifCases(reader) };
  const config = reader.config();
  const parameters = reader.parameters("param.", config);
  const image = [config.inChannels, config.imageSize, config.imageSize];
  if (!reader.has("inputs")) {
    const [batch = 0] = reader.shape("input", 4);
    return {
      kind: "model",
      config,
      parameters,
      input: reader.floats("input", [batch, ...image]),
      labels: reader.labels("labels", [batch], config),
      logits: reader.optional("logits", [batch, config.numClasses]),
      loss: reader.optional("loss", [1]),
      gradients: reader.hasAny("grad.") ? reader.parameters("grad.", config) : new Map(),
      torchError: reader.json("torch_f32_error", torchErrorSchema) ?? {},
    };
  }
  const [steps = 0, batch = 0] = reader.shape("inputs", 5);
  const recipe = reader.json("recipe", recipeSchema) ?? reader.fail("its metadata has no recipe", "add the recipe");
  return {
    kind: "training",
    config,
    recipe,
    parameters,
    inputs: reader.floats("inputs", [steps, batch, ...image]),
    labels: reader.labels("labels", [steps, batch], config),
    learningRates: reader.floats("lrs", [steps]),
    losses: reader.optional("losses", [steps]),
    gradientNorms: reader.optional("grad_norms", [steps]),
    final: reader.hasAny("final.") ? reader.parameters("final.", config) : new Map(),
  };
}
