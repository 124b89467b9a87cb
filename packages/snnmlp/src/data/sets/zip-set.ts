import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { DatasetError, explain } from "../../file-error.js";
import type { Dataset, SplitName } from "../dataset.js";
import type { ClassNames } from "./class-names.js";
import { imageCount, imageExtensions, isImageName, someOf } from "./image-names.js";
import { readZipDirectory, type ZipPlace } from "./zip-file.js";

/** The two files of one half of a set in the authors' zip layout. */
export const zipFiles = (folder: string, half: "train" | "val") => ({
  archive: join(folder, `${half}.zip`),
  map: join(folder, `${half}_map.txt`),
});

/**
 * Reads the authors' zip layout: an archive of images, and a map with a line `name<TAB>label` for each.
 *
 * @throws DatasetError when a file is missing or broken, or the map names an image that the archive does not hold
 */
export async function readZipSet(
  folder: string,
  split: SplitName,
  half: "train" | "val",
  names: ClassNames | undefined,
): Promise<Dataset> {
  const { archive, map } = zipFiles(folder, half);
  const lines = await readMap(map);
  const listed = new Set(lines.map(({ name }) => name));
  const unlisted: string[] = [];
  const places = await readZipDirectory(archive, (name) => {
    if (!listed.has(name) && isImageName(basename(name))) unlisted.push(name);
    return listed.has(name);
  });
  const found: ZipPlace[] = [];
  const missing: MapLine[] = [];
  for (const line of lines) {
    const place = places.get(line.name);
    if (place) found.push(place);
    else missing.push(line);
  }
  if (missing[0]) {
    const reason = `line ${missing[0].line} names ${missing[0].name}, which ${archive} does not hold`;
    const more = missing.length > 1 ? ` (nor ${missing.length - 1} more)` : "";
    throw new DatasetError(map, reason + more, "take both files from the same set, or remove the lines");
  }
  const largest = lines.reduce((most, { label }) => Math.max(most, label), 0);
  const labels = Uint32Array.from(lines, ({ label }) => label);
  const classNames = names ? namesFor(map, lines, names, largest) : folderNames(lines, largest + 1);
  return {
    folder,
    split,
    count: found.length,
    labels,
    numClasses: classNames?.length ?? largest + 1,
    ...(classNames && { classNames }),
    sortedLabels: false,
    notes: unlisted.length === 0 ? [] : [leftOut(archive, map, unlisted)],
    sample: (index) => ({ kind: "zip", archive, place: at(found, index) }),
    nameOf: (index) => `${archive}@/${at(found, index).name}`,
  };
}

interface MapLine {
  readonly line: number;
  readonly name: string;
  readonly label: number;
}

async function readMap(path: string): Promise<MapLine[]> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new DatasetError(path, ...explain(cause), { cause });
  });
  const lines: MapLine[] = [];
  const seen = new Map<string, number>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const [, name = "", label = ""] = /^\/*([^\t]+)\t\s*(\d{1,9})\s*$/.exec(line) ?? [];
    const fail = (reason: string, fix: string) => new DatasetError(path, `line ${i + 1} ${reason}`, fix);
    if (name === "") throw fail(`is "${line.slice(0, 60)}"`, "write each as NAME, a tab and the class's number from 0");
    if (!isImageName(basename(name))) throw fail(`names ${name}, no ${imageExtensions} file`, "list images only");
    const before = seen.get(name);
    if (before !== undefined) throw fail(`names ${name} again, after line ${before}`, "list every image once");
    seen.set(name, i + 1);
    lines.push({ line: i + 1, name, label: Number(label) });
  }
  if (lines.length === 0)
    throw new DatasetError(path, "names no image", "write NAME, a tab and the class's number a line");
  return lines;
}

function namesFor(map: string, lines: readonly MapLine[], names: ClassNames, largest: number): readonly string[] {
  if (largest < names.names.length) return names.names;
  const { line, label } = lines.find(({ label }) => label === largest) ?? { line: 0, label: largest };
  const reason = `line ${line} has class ${label}, but ${names.path} names only ${names.names.length} classes`;
  throw new DatasetError(map, reason, "name every class from 0 on");
}

/** The folder that each class's images lie in, where that tells the classes apart, as in `n01440764/image.JPEG`. */
function folderNames(lines: readonly MapLine[], numClasses: number): string[] | undefined {
  const byLabel = new Map<number, string>();
  for (const { name, label } of lines) {
    const folder = name.split("/").at(-2);
    if (folder === undefined || (byLabel.get(label) ?? folder) !== folder) return undefined;
    byLabel.set(label, folder);
  }
  const names = Array.from({ length: numClasses }, (_, label) => byLabel.get(label));
  const known = names.filter((name) => name !== undefined);
  return new Set(known).size === numClasses ? known : undefined;
}

const leftOut = (archive: string, map: string, unlisted: readonly string[]): string =>
  `${archive}: left out ${imageCount(unlisted.length)} that ${map} does not list (${someOf(unlisted)})`;

function at(places: readonly ZipPlace[], index: number): ZipPlace {
  const place = places[index];
  if (!place) throw new RangeError(`image ${index} of a set of ${places.length}`);
  return place;
}
