import type { Checkpoint } from "../checkpoint/checkpoint.js";
import type { SNNMLP } from "../model/snnmlp.js";
import type { Evaluation } from "./evaluate.js";
import { positionNotes } from "./position.js";
import type { RunIdentity } from "./same-run.js";
import type { RunSchedules } from "./schedules.js";
import { optimiserState } from "./state.js";
import type { TrainingStep } from "./step.js";

/** The note of a checkpoint that holds its class names, as JSON. */
export const classNamesNote = "classNames";

/** A run on its device, and what its checkpoints are made of. */
export interface RunParts {
  readonly name: string;
  readonly identity: RunIdentity;
  readonly model: SNNMLP;
  readonly step: TrainingStep;
  readonly batchesPerEpoch: number;
  readonly schedules: RunSchedules;
}

/**
 * The state of a run after `made` updates: everything it goes on from, or after the last one and its evaluation the
 * finished model. No times in it, so that two runs of the same bits have the same file.
 */
export async function checkpointOf(run: RunParts, made: number, evaluation?: Evaluation): Promise<Checkpoint> {
  if (made === run.schedules.updates && evaluation) return modelCheckpointOf(run, made, evaluation);
  return { ...(await modelCheckpointOf(run, made)), training: await optimiserState(run.step) };
}

/** The model after `made` updates, without what is needed to train it further. @param averages in place of its parameters */
export async function modelCheckpointOf(
  run: RunParts,
  made: number,
  evaluation?: Evaluation,
  averages?: SNNMLP["parameters"],
): Promise<Checkpoint> {
  const { name, identity, model, batchesPerEpoch } = run;
  const { config, settings, preprocessing, images, classNames } = identity;
  const notes = new Map([
    ["model", name],
    ["run", JSON.stringify(settings)],
    ["step", String(made)],
    ...positionNotes(made, settings, batchesPerEpoch),
    ["images", String(images)],
  ]);
  if (classNames) notes.set(classNamesNote, JSON.stringify(classNames));
  if (evaluation) {
    const { top1, top5, loss, images: count, notFinite } = evaluation;
    notes.set("evaluation", JSON.stringify({ top1, top5, loss, images: count, ...(notFinite > 0 && { notFinite }) }));
  }
  return { config, preprocessing, parameters: await model.stateDict(averages), training: new Map(), notes };
}
