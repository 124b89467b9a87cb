import type { SnnmlpConfig } from "../../config.js";
import { PytorchFileError } from "../../file-error.js";
import { parameterShapes } from "../../parameters.js";
import type { Checkpoint, FloatTensor } from "../checkpoint.js";
import { PytorchFile } from "./file.js";
import { inferConfig, type Untold } from "./infer-config.js";
import { type Layout, layoutOf } from "./layout.js";
import { fixedValue, isNeuron } from "./settings.js";
import { elementsOf } from "./tensor.js";
import { kindOf, type PickleValue, TensorRef } from "./values.js";

/** What a PyTorch file held, for people. */
export interface PytorchContents {
  /** The authors' dict, another dict with a state dict in it, or a bare state dict. */
  readonly layout: string;
  /** The last finished epoch, counted from 0, and the best accuracy in percent, where the file tells them. */
  readonly epoch: number | undefined;
  readonly maxAccuracy: number | undefined;
  /** Element types of the parameters as stored. */
  readonly types: readonly string[];
  /** What the file does not say and was taken for granted. */
  readonly assumed: readonly string[];
  /** Entries that a checkpoint for inference does not need. */
  readonly leftOut: readonly string[];
}

/** Counters that a profiler leaves in a module: no part of the model. */
const isCounter = (name: string): boolean => /(^|\.)total_(ops|params)$/.test(name);

/**
 * Reads a model saved by PyTorch, executing nothing: the authors' `{model, optimizer, ..., config}` or a bare state dict.
 *
 * @param options `config` says which model it is; else it is inferred, with `untold` for what shapes do not tell
 * @throws PytorchFileError, ConfigError
 */
export async function loadPytorch(
  path: string,
  options: { readonly config?: SnnmlpConfig; readonly untold?: Untold } = {},
): Promise<{ checkpoint: Checkpoint; contents: PytorchContents }> {
  using file = await PytorchFile.open(path);
  const layout = layoutOf(path, file.root);
  const settings = layout.others.get("config") ?? layout.others.get("args");
  const { config, assumed } = options.config
    ? { config: options.config, assumed: [] }
    : inferConfig(path, layout.tensors, settings, options.untold ?? {});
  const named = options.config ? ", or --model names the wrong one" : "";
  const parameters = await readParameters(file, layout, {
    config,
    settings,
    fix: `the file belongs to another model${named}`,
  });
  const epoch = await numberIn(file, layout.others.get("epoch"));
  const maxAccuracy = await numberIn(file, layout.others.get("max_accuracy"));
  const types = [...new Set([...layout.tensors.values()].map(({ type }) => type.name))];
  const told = new Map([
    ["epoch", epoch],
    ["max_accuracy", maxAccuracy],
  ]);
  const leftOut = [...layout.others].filter(([name, value]) => told.get(name) === undefined && value !== null);
  const contents: PytorchContents = {
    layout: layout.key === undefined ? "a bare state dict" : `a dict with the state dict under ${layout.key}`,
    epoch,
    maxAccuracy,
    types,
    assumed,
    leftOut: leftOut.map(([name, value]) => `${name} (${kindOf(value)})`),
  };
  const notes = new Map<string, string>();
  for (const [name, value] of told) if (value !== undefined) notes.set(name, String(value));
  if (assumed.length > 0) notes.set("assumed", assumed.join(", "));
  return { checkpoint: { config, preprocessing: undefined, parameters, training: new Map(), notes }, contents };
}

/** A finite number, or that in a tensor of one element. */
async function numberIn(file: PytorchFile, value: PickleValue | undefined): Promise<number | undefined> {
  const isOne = value instanceof TensorRef && elementsOf(value.shape) === 1;
  const number = isOne ? Number((await file.read(value)).data[0]) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

async function readParameters(
  file: PytorchFile,
  { tensors }: Layout,
  model: { readonly config: SnnmlpConfig; readonly settings: PickleValue | undefined; readonly fix: string },
): Promise<Map<string, FloatTensor>> {
  const { path } = file;
  const { config, settings, fix } = model;
  const wanted = new Map(parameterShapes(config).map(({ name, shape }) => [name, shape]));
  const extra = [...tensors.keys()].find((name) => !wanted.has(name) && !isUnused(name, config));
  if (extra !== undefined) throw new PytorchFileError(path, `tensor ${extra} is no parameter of this model`, fix);
  // All shapes first: nothing is read of a file that does not fit.
  for (const [name, shape] of wanted) checkShape(path, name, shape, tensors.get(name), fixedValue(name, settings), fix);
  const stored = await file.readAll(new Map([...tensors].filter(([name]) => wanted.has(name))));
  const parameters = new Map<string, FloatTensor>();
  for (const [name, shape] of wanted) {
    const data = stored.get(name)?.data ?? Float32Array.of(fixedValue(name, settings) ?? Number.NaN);
    if (!(data instanceof Float32Array)) {
      throw new PytorchFileError(path, `parameter ${name} is ${tensors.get(name)?.type.name}`, "store it as float32");
    }
    parameters.set(name, { shape, data });
  }
  return parameters;
}

const isUnused = (name: string, { lifGroup }: SnnmlpConfig): boolean =>
  isCounter(name) || (lifGroup === -1 && isNeuron(name));

function checkShape(
  path: string,
  name: string,
  shape: readonly number[],
  tensor: TensorRef | undefined,
  fixed: number | undefined,
  fix: string,
): void {
  if (!tensor) {
    if (fixed !== undefined) return;
    throw new PytorchFileError(path, `parameter ${name} [${shape.join(", ")}] is missing`, fix);
  }
  const isScalar = elementsOf(shape) === 1 && tensor.shape.length === 0;
  if (tensor.shape.join() === shape.join() || isScalar) return;
  const reason = `parameter ${name} has shape [${tensor.shape.join(", ")}], the model's is [${shape.join(", ")}]`;
  throw new PytorchFileError(path, reason, fix);
}
