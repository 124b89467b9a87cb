import { type Dirent, statSync } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { DatasetError, explain } from "../../file-error.js";
import type { Dataset, SplitName } from "../dataset.js";
import type { ClassNames } from "./class-names.js";
import { imageCount, imageExtensions, isImageName, someOf } from "./image-names.js";

/**
 * Reads a tree of images as torchvision's ImageFolder does: each folder in `path` is a class, the sorted names give the
 * labels, and every image below it, however deep and through symbolic links, belongs to it.
 *
 * @param names class names that fix another order, or are only shown
 * @throws DatasetError when there is no class, a class without an image, or `names` belong to other classes
 */
export async function readTree(
  folder: string,
  split: SplitName,
  path: string,
  names: ClassNames | undefined,
): Promise<Dataset> {
  const entries = await list(path);
  const found = entries.filter((entry) => isFolder(path, entry)).map((entry) => entry.name);
  if (found.length === 0) throw noClasses(path, entries);
  const classes = orderedClasses(path, found, names);
  const files: string[] = [];
  const labels: number[] = [];
  for (const [label, { folder: name, present }] of classes.entries()) {
    if (!present) continue;
    const images = await imagesBelow(join(path, name));
    if (images.length === 0) {
      const fix = "put images there or remove the folder: an empty class would shift or blur the labels";
      throw new DatasetError(join(path, name), `this class folder holds no ${imageExtensions} image`, fix);
    }
    for (const image of images) {
      files.push(relative(path, image));
      labels.push(label);
    }
  }
  return {
    folder,
    split,
    count: files.length,
    labels: Uint32Array.from(labels),
    numClasses: classes.length,
    classNames: classes.map(({ name }) => name),
    sortedLabels: names === undefined,
    notes: [],
    sample: (index) => ({ kind: "file", path: join(path, files[index] ?? "") }),
    nameOf: (index) => join(path, files[index] ?? ""),
  };
}

interface TreeClass {
  readonly folder: string;
  readonly name: string;
  /** Whether this split has a folder of it. */
  readonly present: boolean;
}

/** The classes in the order of their labels: sorted by folder, or as the list of names has the folders. */
function orderedClasses(path: string, found: readonly string[], names: ClassNames | undefined): TreeClass[] {
  const sorted = [...found].sort();
  if (!names) return sorted.map((folder) => ({ folder, name: folder, present: true }));
  const listed = new Set(names.folders);
  const present = new Set(sorted);
  const strangers = sorted.filter((folder) => !listed.has(folder));
  const nameOf = (i: number): string => names.names[i] ?? "";
  if (strangers.length === 0) {
    return names.folders.map((folder, i) => ({ folder, name: nameOf(i), present: present.has(folder) }));
  }
  if (strangers.length === sorted.length && sorted.length === names.names.length) {
    return sorted.map((folder, i) => ({ folder, name: nameOf(i), present: true }));
  }
  const reason = `its class folder ${strangers[0]} is not among the ${names.names.length} classes of ${names.path}`;
  throw new DatasetError(
    path,
    reason,
    "name every class folder there, or give one name for each folder in sorted order",
  );
}

function noClasses(path: string, entries: readonly Dirent[]): DatasetError {
  const images = entries.map(({ name }) => name).filter(isImageName);
  if (images.length === 0)
    return new DatasetError(path, "holds no class folders", "put each class's images in a folder of its own");
  const reason = `holds ${imageCount(images.length)} without class folders (${someOf(images)})`;
  const fix =
    "move each into a folder of its class (for ImageNet's validation set the valprep.sh script of soumith/imagenetloader.torch does it), or use the zip layout, val.zip with val_map.txt";
  return new DatasetError(path, reason, fix);
}

/** Paths of the images below a folder: folder by folder in sorted order, the names within each sorted. */
async function imagesBelow(top: string): Promise<string[]> {
  const folders: { path: string; images: string[] }[] = [];
  const visit = async (path: string, above: readonly string[]): Promise<void> => {
    const real = await realpath(path);
    // A symbolic link to a folder above would lead round in circles.
    if (above.includes(real)) return;
    const entries = await list(path);
    const isBelow = (entry: Dirent) => isFolder(path, entry);
    const images = entries.filter((entry) => isImageName(entry.name) && !isBelow(entry)).map(({ name }) => name);
    folders.push({ path, images: images.sort().map((name) => join(path, name)) });
    for (const entry of entries.filter(isBelow)) await visit(join(path, entry.name), [...above, real]);
  };
  await visit(top, []);
  return folders.sort((a, b) => (a.path < b.path ? -1 : 1)).flatMap(({ images }) => images);
}

async function list(path: string): Promise<Dirent[]> {
  return readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
    throw new DatasetError(path, ...explain(cause), { cause });
  });
}

/** Whether an entry is a folder that counts, itself or through a symbolic link. */
function isFolder(path: string, entry: Dirent): boolean {
  if (entry.name.startsWith(".")) return false;
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(join(path, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false;
}
