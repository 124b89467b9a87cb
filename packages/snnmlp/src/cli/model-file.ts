import type { Device } from "@snnmlp/tensor";
import type { Command } from "commander";
import { type Checkpoint, loadCheckpoint } from "../checkpoint/checkpoint.js";
import { imagenetPreprocessing, type Preprocessing } from "../data/preprocessing.js";
import { FileError, SafetensorsError } from "../file-error.js";
import { SNNMLP } from "../model/snnmlp.js";
import { modelNames } from "../models.js";
import { classNamesNote } from "../train/run-checkpoint.js";
import { newestName } from "../train/run-folder.js";
import { namedConfig } from "./model-config.js";
import { printNote } from "./output.js";

/** Where the quickstart leaves its model. */
export const quickstartFolder = "runs/quickstart";

export interface ModelFileOptions {
  readonly checkpoint: string;
  readonly model?: string;
  readonly cfg?: string;
}

export function withModelFile(command: Command): Command {
  return command
    .option(
      "--checkpoint <file>",
      "the trained model (.safetensors, or PyTorch's .pt)",
      `${quickstartFolder}/${newestName}`,
    )
    .option("--model <name>", `which model the file holds, where it does not say so: ${modelNames.join(", ")}`)
    .option("--cfg <file.yaml>", "the same by the authors' YAML file");
}

/** Reads the checkpoint a command names, before any adapter is opened. */
export async function readModelFile({ checkpoint, cfg, model = cfg }: ModelFileOptions): Promise<Checkpoint> {
  try {
    const loaded = await loadCheckpoint(checkpoint, model === undefined ? undefined : namedConfig(model));
    const assumed = loaded.notes.get("assumed");
    if (assumed !== undefined) printNote(`${checkpoint} does not say everything; assumed: ${assumed}`);
    return loaded;
  } catch (error) {
    if (!(error instanceof FileError) || error.reason !== "no such file or folder") throw error;
    const fix = "train one with: snnmlp train --quickstart --allow-software, or name one with --checkpoint FILE";
    throw new SafetensorsError(checkpoint, "no such checkpoint", fix, { cause: error });
  }
}

/** The model of a checkpoint on a device. */
export function modelOf(device: Device, { config, parameters }: Checkpoint): SNNMLP {
  const model = new SNNMLP(device, config);
  model.loadStateDict(parameters);
  return model;
}

/** The names of the classes a checkpoint was trained on, where it says so. */
export function classNamesOf({ notes, config }: Checkpoint, path: string): readonly string[] | undefined {
  const note = notes.get(classNamesNote);
  if (note === undefined) return undefined;
  const names: unknown = JSON.parse(note);
  const whole = Array.isArray(names) && names.every((name) => typeof name === "string");
  if (whole && names.length <= config.numClasses) return names;
  throw new SafetensorsError(
    path,
    `its ${classNamesNote} are no list of at most ${config.numClasses} names`,
    "save it again",
  );
}

/** How a checkpoint's images are prepared; colour models that do not say take ImageNet's. */
export function preprocessingFor({ preprocessing, config }: Checkpoint, path: string): Preprocessing {
  if (preprocessing) return preprocessing;
  if (config.inChannels === 3) return imagenetPreprocessing;
  throw new SafetensorsError(
    path,
    "it does not say how its images are prepared",
    "say so with: snnmlp convert --mean --std",
  );
}
