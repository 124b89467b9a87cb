import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { DatasetError, explain } from "../../file-error.js";

/** The classes of a set in the order of their labels. */
export interface ClassNames {
  /** The file they were read from. */
  readonly path: string;
  /** How a class is shown. */
  readonly names: readonly string[];
  /** How its folder is called: `n01440764` where the name is `tench`; mostly the same as the name. */
  readonly folders: readonly string[];
}

const name = z.string().trim().min(1);
const pair = z.tuple([name, name]);
const namesSchema = z.union([z.array(name).min(1), z.record(z.string().regex(/^\d+$/), z.union([name, pair]))]);

const layouts = 'expected ["cat", "dog"], {"0": "cat"}, {"0": ["n02123045", "cat"]} or a text file with a name a line';

/**
 * Reads class names in the order of their labels: a JSON array, a JSON object by label (its values names, or pairs of folder
 * and name as in ImageNet's class index), or a text file with a name a line.
 *
 * @throws DatasetError when it is none of these, or a label or name is missing or a name comes twice
 */
export async function readClassNames(path: string): Promise<ClassNames> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new DatasetError(path, ...explain(cause), { cause });
  });
  const entries = /^\s*[[{]/.test(text) ? fromJson(path, text) : fromLines(text);
  if (entries.length === 0) throw new DatasetError(path, "names no class", layouts);
  const folders = entries.map(([folder]) => folder);
  const twice = folders.findIndex((folder, i) => folders.indexOf(folder) < i);
  if (twice >= 0) {
    const reason = `classes ${folders.indexOf(folders[twice] ?? "")} and ${twice} are both called ${folders[twice]}`;
    throw new DatasetError(path, reason, "give every class a name of its own");
  }
  return { path, folders, names: entries.map(([, shown]) => shown) };
}

/** The class names for a data folder: those of `file`, else of its own labels.json, else none. */
export async function classNamesFor(folder: string, file: string | undefined): Promise<ClassNames | undefined> {
  if (file !== undefined) return readClassNames(file);
  const own = join(folder, "labels.json");
  return existsSync(own) ? readClassNames(own) : undefined;
}

type Entry = readonly [folder: string, shown: string];

const fromLines = (text: string): Entry[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => [line, line]);

function fromJson(path: string, text: string): Entry[] {
  const parsed = namesSchema.safeParse(parseJson(path, text));
  if (!parsed.success) {
    throw new DatasetError(path, "is no list of class names", layouts);
  }
  if (Array.isArray(parsed.data)) return parsed.data.map((shown) => [shown, shown]);
  const byLabel = new Map(Object.entries(parsed.data).map(([label, entry]) => [Number(label), entry]));
  return Array.from({ length: byLabel.size }, (_, label): Entry => {
    const entry = byLabel.get(label);
    if (entry === undefined)
      throw new DatasetError(path, `has ${byLabel.size} classes, but none of label ${label}`, layouts);
    return typeof entry === "string" ? [entry, entry] : entry;
  });
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DatasetError(path, `is not valid JSON (${cause instanceof Error ? cause.message : cause})`, layouts, {
      cause,
    });
  }
}
