import { existsSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { DatasetError } from "../../file-error.js";
import type { Dataset, SplitName } from "../dataset.js";
import { hasIdxFiles, loadImageSet } from "../image-set.js";
import { type ClassNames, classNamesFor } from "./class-names.js";
import { idxDataset } from "./idx-set.js";
import { readTree } from "./tree.js";
import { readZipSet, zipFiles } from "./zip-set.js";

/** What may be said about a data folder besides its path. */
export interface DatasetOptions {
  /** A file with the class names in the order of their labels; by default the folder's labels.json, where it has one. */
  readonly classes?: string;
}

/**
 * Opens one part of the set in a folder: IDX files (MNIST, Fashion-MNIST), a tree of class folders (`train/CLASS/*.JPEG`,
 * `val/CLASS/*`), or the authors' zip layout (`train.zip` with `train_map.txt`). `val` is the folder `val`, else `test`;
 * `test` the other way round; the IDX and zip layouts have one such half.
 *
 * @throws DatasetError when the folder holds none of them, or what it holds is broken
 */
export async function openDataset(
  folder: string,
  split: SplitName,
  { classes }: DatasetOptions = {},
): Promise<Dataset> {
  expectFolder(folder, "--data names a folder");
  const names = await classNamesFor(folder, classes);
  return openLayout(folder, split, names);
}

async function openLayout(folder: string, split: SplitName, names: ClassNames | undefined): Promise<Dataset> {
  if (hasIdxFiles(folder)) return idxDataset(await loadImageSet(folder, split), split, names);
  const candidates = { train: ["train"], val: ["val", "test"], test: ["test", "val"] }[split];
  const tree = candidates.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (tree !== undefined) {
    expectFolder(tree, "its class folders belong into a folder of this name");
    return readTree(folder, split, tree, names);
  }
  const half = split === "train" ? "train" : "val";
  const { archive, map } = zipFiles(folder, half);
  if (existsSync(archive) || existsSync(map)) return readZipSet(folder, split, half, names);
  const above = ["train", "val", "test"].includes(basename(resolve(folder))) ? "; or name the folder above it" : "";
  throw new DatasetError(folder, `holds no ${split} images`, layoutsFor(split, candidates) + above);
}

function layoutsFor(split: SplitName, folders: readonly string[]): string {
  const half = split === "train" ? "train" : "val";
  const trees = folders.map((name) => `${name}/CLASS/*.JPEG`).join(" or ");
  const idx = split === "train" ? "train-images-idx3-ubyte(.gz)" : "t10k-images-idx3-ubyte(.gz)";
  return `expected ${trees}, ${half}.zip with ${half}_map.txt, or the IDX file ${idx} with its labels`;
}

function expectFolder(path: string, fix: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new DatasetError(path, "no such folder", "check the path");
  if (!found.isDirectory()) throw new DatasetError(path, "is a file, not a folder", fix);
}
