import type { Device } from "@snnmlp/tensor";
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import type { BatchSource } from "../data/batches.js";
import { SNNMLP } from "../model/snnmlp.js";
import type { RunParts } from "./run-checkpoint.js";
import { memoryLine, modelLine, recipeHint, recipeLine } from "./run-summary.js";
import type { RunIdentity } from "./same-run.js";
import { schedulesOf } from "./schedules.js";
import { restoreOptimiserState } from "./state.js";
import { TrainingStep } from "./step.js";

/** What a run starts from. */
export interface Start {
  readonly device: Device;
  /** Of the model, for people and its checkpoints. */
  readonly name: string;
  readonly identity: RunIdentity;
  readonly batches: BatchSource;
  /** The checkpoint to go on from. */
  readonly from?: Checkpoint | undefined;
  /** Launch every op anew rather than replay one recorded program; the result has the same bits either way. */
  readonly eager?: boolean;
  /** Recompute activations in the backward pass: less memory, more time, the same bits. */
  readonly checkpointActivations?: boolean;
  /** Shows a line about the run. */
  readonly note: (line: string) => void;
  /** Shows a line about what may not be meant so. */
  readonly warn: (line: string) => void;
}

/** Model and step as they are when the run starts, or goes on. */
export async function startingPoint(start: Start): Promise<RunParts> {
  const { device, name, identity, batches, from, eager = false, checkpointActivations = false, note, warn } = start;
  const { config, settings, preprocessing } = identity;
  const { seed, clip, fixedTau, fixedVth, augment } = settings;
  const { batchesPerEpoch } = batches;
  const schedules = schedulesOf(settings, batchesPerEpoch);
  const model = new SNNMLP(device, config, { seed, fixed: { tau: fixedTau, vth: fixedVth } });
  const step = await TrainingStep.create(model, {
    ...settings,
    clip: clip === 0 ? Infinity : clip,
    preprocessing,
    eraseMode: augment?.remode,
    eager,
    checkpointActivations,
  });
  note(modelLine(name, config));
  note(recipeLine(settings, schedules));
  if (step.plan) note(memoryLine(step.plan));
  const hint = recipeHint(settings, batchesPerEpoch);
  if (hint !== undefined) warn(hint);
  if (from) {
    model.loadStateDict(from.parameters);
    restoreOptimiserState(step, from.training);
  }
  return { name, identity, model, step, batchesPerEpoch, schedules };
}
