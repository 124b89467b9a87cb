import type { z } from "zod";
import type { FloatTensor } from "../checkpoint/checkpoint.js";
import type { Safetensors, StoredTensor } from "../checkpoint/read-safetensors.js";
import { parseConfig, type SnnmlpConfig } from "../config.js";
import { FileError } from "../file-error.js";
import { parameterShapes } from "../parameters.js";

/** A safetensors file that is no usable fixture. */
export class FixtureError extends FileError {
  override readonly name = "FixtureError";
}

/** Takes tensors and metadata out of a fixture, each checked for type and shape. */
export class FixtureReader {
  readonly #file: Safetensors;

  constructor(file: Safetensors) {
    this.#file = file;
  }

  fail(reason: string, fix: string): never {
    throw new FixtureError(this.#file.path, reason, fix);
  }

  has(name: string): boolean {
    return this.#file.tensors.has(name);
  }

  hasAny(prefix: string): boolean {
    return [...this.#file.tensors.keys()].some((name) => name.startsWith(prefix));
  }

  /** The shape of a tensor that must have `rank` dimensions. */
  shape(name: string, rank: number): readonly number[] {
    const { shape } = this.#tensor(name);
    if (shape.length === rank && shape.every((length) => length > 0)) return shape;
    return this.fail(`tensor ${name} has shape [${shape.join(", ")}], expected ${rank} dimensions above 0`, advice);
  }

  floats(name: string, shape: readonly number[]): FloatTensor {
    const { data, dtype } = this.#shaped(name, shape);
    if (!(data instanceof Float32Array)) return this.fail(`tensor ${name} has dtype ${dtype}, expected F32`, advice);
    const broken = data.findIndex((value) => !Number.isFinite(value));
    if (broken >= 0) return this.fail(`${name}[${broken}] is ${data[broken]}, expected finite numbers`, advice);
    return { shape, data };
  }

  optional(name: string, shape: readonly number[]): FloatTensor | undefined {
    return this.has(name) ? this.floats(name, shape) : undefined;
  }

  /** Classes, each checked to be one of the config's. */
  labels(name: string, shape: readonly number[], { numClasses }: SnnmlpConfig): Int32Array<ArrayBuffer> {
    const { data, dtype } = this.#shaped(name, shape);
    if (data instanceof Float32Array)
      return this.fail(`tensor ${name} has dtype ${dtype}, expected I32 or I64`, advice);
    const labels = Int32Array.from(data, Number);
    const wrong = labels.find((label) => label < 0 || label >= numClasses);
    return wrong === undefined ? labels : this.fail(`${name} holds class ${wrong} of ${numClasses}`, advice);
  }

  /** A whole state dict whose names begin with `prefix`; the map has them without it. */
  parameters(prefix: string, config: SnnmlpConfig): Map<string, FloatTensor> {
    const expected = parameterShapes(config).map(
      ({ name, shape }) => [name, this.floats(prefix + name, shape)] as const,
    );
    const parameters = new Map(expected);
    for (const name of this.#file.tensors.keys()) {
      if (!name.startsWith(prefix) || parameters.has(name.slice(prefix.length))) continue;
      this.fail(`tensor ${name} is no parameter of the config in its metadata`, advice);
    }
    return parameters;
  }

  config(): SnnmlpConfig {
    const text = this.#file.metadata.get("config");
    if (text === undefined) {
      return this.fail("has neither LIF cases (0.x, 0.dy, ...) nor a config in its metadata", advice);
    }
    return parseConfig(this.#parse("config", text), `${this.#file.path}: config`);
  }

  /** A piece of metadata, or undefined where the file has none by that name. */
  json<T extends z.ZodType>(name: string, schema: T): z.output<T> | undefined {
    const text = this.#file.metadata.get(name);
    if (text === undefined) return undefined;
    const parsed = schema.safeParse(this.#parse(name, text));
    if (parsed.success) return parsed.data;
    const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    return this.fail(`metadata ${name}: ${issues.join("; ")}`, advice);
  }

  #parse(name: string, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      return this.fail(`metadata ${name} is not valid JSON`, advice);
    }
  }

  #tensor(name: string): StoredTensor {
    return this.#file.tensors.get(name) ?? this.fail(`tensor ${name} is missing`, advice);
  }

  #shaped(name: string, shape: readonly number[]): StoredTensor {
    const tensor = this.#tensor(name);
    if (tensor.shape.join() === shape.join()) return tensor;
    const [got, expected] = [tensor.shape, shape].map((lengths) => `[${lengths.join(", ")}]`);
    return this.fail(`tensor ${name} has shape ${got}, expected ${expected}`, advice);
  }
}

const advice = "make the fixture again; snnmlp verify --help says what it must hold";
