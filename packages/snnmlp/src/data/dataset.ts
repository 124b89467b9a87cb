import type { Pixels } from "./pixels.js";
import type { ZipPlace } from "./sets/zip-file.js";

/** Which part of a set: the one to learn from, or one to be judged by. */
export type SplitName = "train" | "val" | "test";

/** Where one image lies; plain data, so that a worker thread can fetch it. */
export type Sample =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "zip"; readonly archive: string; readonly place: ZipPlace }
  | { readonly kind: "pixels"; readonly pixels: Pixels };

/** One part of a set of images with their classes, wherever they lie; nothing is decoded yet. */
export interface Dataset {
  /** The folder it was read from. */
  readonly folder: string;
  readonly split: SplitName;
  /** Number of images N. */
  readonly count: number;
  /** Classes [N]. */
  readonly labels: ArrayLike<number>;
  /** How many classes it speaks of: that many names, or one above the largest label. */
  readonly numClasses: number;
  /** Names by class, where the set has any. */
  readonly classNames?: readonly string[];
  /** Whether a label is only the place of a class among the sorted folders, so that a set with fewer classes has others. */
  readonly sortedLabels: boolean;
  /** Mean and standard deviation of its pixels in [0, 1], where it is small enough to have been measured; else ImageNet's. */
  readonly statistics?: { readonly mean: number; readonly std: number };
  /** Size of the images where all are alike, in pixels. */
  readonly imageSize?: { readonly height: number; readonly width: number };
  /** What was left out on reading, a line each. */
  readonly notes: readonly string[];
  /** Where an image lies. @throws RangeError past the last one */
  sample(index: number): Sample;
  /** How an image is called in messages. */
  nameOf(index: number): string;
}
