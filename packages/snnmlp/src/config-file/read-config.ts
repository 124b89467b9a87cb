import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { ConfigError } from "../config.js";
import { explain } from "../file-error.js";
import { flatten, isTree } from "../tree.js";
import { layerOf } from "./assign.js";
import { type Layer, mergeLayers } from "./layer.js";

/**
 * Reads a YAML configuration: the authors' upper-case layout with `BASE: [other.yaml]`, or ours, as a run folder's
 * config.yaml has it.
 *
 * @throws ConfigError naming the file, and the key or line
 */
export function readConfigFile(path: string): Layer {
  return readWithBases(resolve(path), path, []);
}

function readWithBases(path: string, shown: string, within: readonly string[]): Layer {
  if (within.includes(path)) throw new ConfigError(`${shown}: BASE leads back to itself`);
  const { BASE, ...document } = mappingOf(readText(path, shown), shown);
  const bases = BASE === undefined ? [] : Array.isArray(BASE) ? BASE : [BASE];
  const below = bases
    .filter((base) => base !== "" && base !== null)
    .map((base) => {
      if (typeof base !== "string") throw new ConfigError(`${shown}: BASE expected file names, got ${String(base)}`);
      return readWithBases(resolve(dirname(path), base), resolve(dirname(path), base), [...within, path]);
    });
  const keys = flatten(document).map(([key, value]) => layerOf(key, pythonValue(value), shown));
  return mergeLayers([...below, ...keys]);
}

function readText(path: string, shown: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const [reason, fix] = explain(cause);
    throw new ConfigError(`${shown}: ${reason}; ${fix}`, { cause });
  }
}

function mappingOf(text: string, shown: string): Readonly<Record<string, unknown>> {
  const document = parseYaml(text, shown);
  if (document === null || document === undefined) return {};
  if (isTree(document)) return document;
  throw new ConfigError(
    `${shown}: expected keys and values, got ${Array.isArray(document) ? "a list" : typeof document}`,
  );
}

function parseYaml(text: string, where: string): unknown {
  try {
    return parse(text, { prettyErrors: true });
  } catch (cause) {
    const [first = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    throw new ConfigError(`${where}: not YAML: ${first.replace(/:$/, "")}`, { cause });
  }
}

/**
 * What `--opts KEY VALUE KEY VALUE...` says; values are read as YAML.
 *
 * @throws ConfigError for a key without a value, and as `readConfigFile` does
 */
export function readOpts(words: readonly string[]): Layer {
  if (words.length % 2 !== 0)
    throw new ConfigError(`--opts takes pairs of a key and a value; ${words.at(-1)} has none`);
  const layers: Layer[] = [];
  for (let i = 0; i < words.length; i += 2) {
    const [key = "", value = ""] = words.slice(i, i + 2);
    layers.push(layerOf(key, pythonValue(value === "" ? "" : parseYaml(value, `--opts ${key}`)), "--opts"));
  }
  return mergeLayers(layers);
}

/** Texts that Python's yacs would evaluate: tuples, None, True and False. */
function pythonValue(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const known: Readonly<Record<string, unknown>> = { None: null, True: true, False: false };
  if (Object.hasOwn(known, value)) return known[value];
  const tuple = /^\((.*?),?\s*\)$/.exec(value);
  return tuple ? parseYaml(`[${tuple[1]}]`, value) : value;
}
