import { crc32 } from "node:zlib";
import { z } from "zod";
import { parseConfig, type SnnmlpConfig } from "../config.js";
import type { Preprocessing } from "../data/preprocessing.js";
import { SafetensorsError } from "../file-error.js";
import { parameterShapes } from "../parameters.js";
import { loadPytorch } from "./pytorch/load.js";
import { isPytorchFile } from "./pytorch/magic.js";
import { readSafetensors, type Safetensors } from "./read-safetensors.js";
import { type TensorToStore, writeSafetensors } from "./write-safetensors.js";

/** A parameter's values, row-major. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** A trained model as it lies in a file. */
export interface Checkpoint {
  readonly config: SnnmlpConfig;
  /** How images must be prepared for it, when the file says so. */
  readonly preprocessing: Preprocessing | undefined;
  /** Parameters by state-dict name, in PyTorch's shapes. */
  readonly parameters: ReadonlyMap<string, FloatTensor>;
  /** Everything needed to go on training, by name; empty in a file that only holds a model. */
  readonly training: ReadonlyMap<string, TensorToStore>;
  /** Strings that travel along: seed, step, accuracy, ... */
  readonly notes: ReadonlyMap<string, string>;
}

const trainingPrefix = "training.";
const checksumName = "checksum";
const ownNames = ["format", "config", "preprocessing", checksumName];

/** Writes a checkpoint in one atomic step; see `writeSafetensors`. */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { config, preprocessing, parameters, training, notes } = checkpoint;
  const tensors = new Map<string, TensorToStore>(parameters);
  for (const [name, tensor] of training) tensors.set(trainingPrefix + name, tensor);
  const metadata = new Map(notes).set("format", "snnmlp").set("config", JSON.stringify(config));
  if (preprocessing) metadata.set("preprocessing", JSON.stringify(preprocessing));
  await writeSafetensors(path, tensors, metadata.set(checksumName, checksumOf(tensors, metadata)));
}

/**
 * Reads a checkpoint and checks that it is whole: every parameter of its config is there with its shape, and nothing else.
 * A file of PyTorch's is read by `loadPytorch`.
 *
 * @param fallback the config of a file that names none, as one converted from PyTorch
 * @throws SafetensorsError, PytorchFileError, ConfigError
 */
export async function loadCheckpoint(path: string, fallback?: SnnmlpConfig): Promise<Checkpoint> {
  if (await isPytorchFile(path)) return (await loadPytorch(path, fallback && { config: fallback })).checkpoint;
  const file = await readSafetensors(path);
  checkUndamaged(file);
  const stored = file.metadata.get("config");
  const config = stored === undefined ? fallback : parseConfig(parseJson(path, "config", stored), `${path}: config`);
  if (!config) {
    throw new SafetensorsError(path, "its metadata has no config", "say which model it is with --model NAME");
  }
  const training = new Map<string, TensorToStore>();
  for (const [name, tensor] of file.tensors) {
    if (name.startsWith(trainingPrefix)) training.set(name.slice(trainingPrefix.length), tensor);
  }
  const notes = new Map([...file.metadata].filter(([name]) => !ownNames.includes(name)));
  const parameters = pickParameters(file, config, training.size);
  return { config, preprocessing: readPreprocessing(file), parameters, training, notes };
}

/** CRC-32 over metadata and tensors, each by name in order: a changed bit anywhere is noticed. */
function checksumOf(tensors: ReadonlyMap<string, TensorToStore>, metadata: ReadonlyMap<string, string>): string {
  const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  let sum = 0;
  for (const [name, text] of sorted(metadata)) if (name !== checksumName) sum = crc32(`${name}\n${text}\n`, sum);
  for (const [name, { shape, data }] of sorted(tensors)) {
    sum = crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), crc32(`${name} ${shape}\n`, sum));
  }
  return sum.toString(16).padStart(8, "0");
}

/** @throws SafetensorsError when the file does not have the content its checksum was made of; it may have none */
function checkUndamaged({ path, tensors, metadata }: Safetensors): void {
  const expected = metadata.get(checksumName);
  const found = expected === undefined ? expected : checksumOf(tensors, metadata);
  if (found === expected) return;
  const reason = `its content has the checksum ${found}, ${expected} was written`;
  throw new SafetensorsError(path, reason, "the file is damaged: take another checkpoint");
}

function pickParameters(file: Safetensors, config: SnnmlpConfig, others: number): Checkpoint["parameters"] {
  const picked = new Map<string, FloatTensor>();
  const fix = file.metadata.has("config")
    ? "the file does not hold the model of its own config: take another"
    : "the file belongs to another model, or --model names the wrong one";
  for (const { name, shape } of parameterShapes(config)) {
    const tensor = file.tensors.get(name);
    if (!tensor) throw new SafetensorsError(file.path, `parameter ${name} [${shape.join(", ")}] is missing`, fix);
    if (tensor.shape.join() !== shape.join()) {
      const reason = `parameter ${name} has shape [${tensor.shape.join(", ")}], the model's is [${shape.join(", ")}]`;
      throw new SafetensorsError(file.path, reason, fix);
    }
    if (!(tensor.data instanceof Float32Array)) {
      throw new SafetensorsError(file.path, `parameter ${name} has dtype ${tensor.dtype}`, "store it as F32");
    }
    picked.set(name, { shape, data: tensor.data });
  }
  if (picked.size + others < file.tensors.size) {
    const extra = [...file.tensors.keys()].find((name) => !picked.has(name) && !name.startsWith(trainingPrefix));
    throw new SafetensorsError(file.path, `tensor ${extra} is no parameter of this model`, fix);
  }
  return picked;
}

const preprocessingSchema = z.strictObject({
  mean: z.array(z.number()).min(1),
  std: z.array(z.number().positive()).min(1),
  padding: z.int().nonnegative(),
});

function readPreprocessing({ path, metadata }: Safetensors): Preprocessing | undefined {
  const text = metadata.get("preprocessing");
  if (text === undefined) return undefined;
  const parsed = preprocessingSchema.safeParse(parseJson(path, "preprocessing", text));
  if (parsed.success) return parsed.data;
  throw new SafetensorsError(path, "its preprocessing is not {mean, std, padding}", "save the file again");
}

function parseJson(path: string, name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SafetensorsError(path, `its ${name} is not valid JSON`, "save the file again", { cause });
  }
}
