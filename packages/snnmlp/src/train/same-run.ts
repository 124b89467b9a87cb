import type { Checkpoint } from "../checkpoint/checkpoint.js";
import type { SnnmlpConfig } from "../config.js";
import type { Preprocessing } from "../data/preprocessing.js";
import type { RunSettings } from "./recipe.js";

/** Everything that decides a run's bits on one adapter, but for the images themselves. */
export interface RunIdentity {
  readonly config: SnnmlpConfig;
  readonly settings: RunSettings;
  readonly preprocessing: Preprocessing;
  /** How many the training set has, and the names of its classes, where it tells them. */
  readonly images: number;
  readonly classNames?: readonly string[] | undefined;
}

/** The first setting in which a run differs from the one that a checkpoint belongs to. */
export interface Difference {
  /** As `recipe.steps`. */
  readonly name: string;
  readonly there: string;
  readonly here: string;
}

/**
 * Compares a run with a checkpoint's, field by field.
 *
 * @returns the first difference, or undefined where the checkpoint is one of this run's
 */
export function firstDifference(checkpoint: Checkpoint, identity: RunIdentity): Difference | undefined {
  const { config, preprocessing, notes } = checkpoint;
  const run: unknown = JSON.parse(notes.get("run") ?? "null");
  const images = notes.has("images") ? Number(notes.get("images")) : undefined;
  const classNames: unknown = JSON.parse(notes.get("classNames") ?? "null");
  const there = flat({ model: config, recipe: run, data: { images, classNames, preprocessing } });
  const data = { images: identity.images, classNames: identity.classNames, preprocessing: identity.preprocessing };
  const here = flat({ model: identity.config, recipe: identity.settings, data });
  for (const name of new Set([...here.keys(), ...there.keys()])) {
    const [a, b] = [there.get(name) ?? "not set", here.get(name) ?? "not set"];
    if (a !== b) return { name, there: shortened(a), here: shortened(b) };
  }
  return undefined;
}

/** Every value that is no object, as JSON, by its dotted path. */
function flat(value: unknown, path = ""): Map<string, string> {
  if (value === undefined || value === null) return new Map();
  if (typeof value !== "object" || Array.isArray(value)) return new Map([[path, JSON.stringify(value)]]);
  const prefix = path === "" ? "" : `${path}.`;
  return new Map(Object.entries(value).flatMap(([name, part]) => [...flat(part, prefix + name)]));
}

/** Long lists of class names say enough by their beginning. */
const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text);
