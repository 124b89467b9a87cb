import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatasetError } from "../file-error.js";
import type { SplitName } from "./dataset.js";
import { readIdx } from "./idx.js";

/** Greyscale images with their classes. */
export interface ImageSet {
  /** The folder it was read from. */
  readonly folder: string;
  /** Number of images N. */
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** Bytes [N, height, width]; 0 is the background. */
  readonly images: Uint8Array;
  /** Classes [N]. */
  readonly labels: Uint8Array;
  /** One above the largest label. */
  readonly numClasses: number;
}

const trainFiles = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] as const;
const testFiles = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"] as const;

/** Whether a folder holds at least one of the four files. */
export const hasIdxFiles = (folder: string): boolean =>
  [...trainFiles, ...testFiles].some(
    (name) => existsSync(join(folder, name)) || existsSync(join(folder, `${name}.gz`)),
  );

/**
 * Reads one half of MNIST, Fashion-MNIST or any set in their four files, each plain or with `.gz`.
 *
 * @throws DatasetError when a file is missing or broken, or images and labels do not belong together
 */
export async function loadImageSet(folder: string, split: SplitName): Promise<ImageSet> {
  const [imagesName, labelsName] = split === "train" ? trainFiles : testFiles;
  const imagesPath = findFile(folder, imagesName);
  const labelsPath = findFile(folder, labelsName);
  const [images, labels] = await Promise.all([readIdx(imagesPath, 3), readIdx(labelsPath, 1)]);
  const [count = 0, height = 0, width = 0] = images.shape;
  if (count === 0 || height === 0 || width === 0) {
    throw new DatasetError(imagesPath, `holds no image, its shape is [${images.shape.join(", ")}]`, "fetch it again");
  }
  if (labels.data.length !== count) {
    const reason = `${labels.data.length} labels for the ${count} images of ${imagesPath}`;
    throw new DatasetError(labelsPath, reason, "take both files from the same set");
  }
  const numClasses = labels.data.reduce((a, b) => Math.max(a, b), 0) + 1;
  return { folder, count, height, width, images: images.data, labels: labels.data, numClasses };
}

function findFile(folder: string, name: string): string {
  const path = join(folder, name);
  const found = [path, `${path}.gz`].find((candidate) => existsSync(candidate));
  if (found) return found;
  throw new DatasetError(path, "neither it nor its .gz exists", "name a folder with the four IDX files of MNIST");
}
