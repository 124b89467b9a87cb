import type { Checkpoint } from "../checkpoint/checkpoint.js";
import type { Preprocessing } from "../data/preprocessing.js";
import type { SNNMLP } from "../model/snnmlp.js";
import type { Evaluation } from "../train/evaluate.js";
import { positionNotes } from "../train/position.js";
import { optimiserState } from "../train/state.js";
import type { TrainingStep } from "../train/step.js";
import { classNamesNote } from "./model-file.js";
import type { TrainingPlan } from "./train-plan.js";

/** What a checkpoint of a run is made of. */
export interface RunParts {
  readonly plan: TrainingPlan;
  readonly model: SNNMLP;
  readonly step: TrainingStep;
  readonly preprocessing: Preprocessing;
  /** Of the training set. */
  readonly images: number;
  readonly classNames: readonly string[] | undefined;
  readonly batchesPerEpoch: number;
  /** Updates in all. */
  readonly updates: number;
}

/**
 * The state of a run after `made` updates: everything it goes on from, or after the last one the finished model and its
 * evaluation. No times in it, so that two runs of the same bits have the same file.
 */
export async function checkpointOf(run: RunParts, made: number, evaluation?: Evaluation): Promise<Checkpoint> {
  if (made === run.updates) return modelOf(run, made, evaluation);
  return { ...(await modelOf(run, made)), training: await optimiserState(run.step) };
}

/** The model after `made` updates, without what is needed to train it further. @param averages in place of its parameters */
export async function modelOf(
  run: RunParts,
  made: number,
  evaluation?: Evaluation,
  averages?: SNNMLP["parameters"],
): Promise<Checkpoint> {
  const { plan, model, preprocessing, images, batchesPerEpoch } = run;
  const { name, config, settings } = plan;
  const notes = new Map([
    ["model", name],
    ["run", JSON.stringify(settings)],
    ["step", String(made)],
    ...positionNotes(made, settings, batchesPerEpoch),
    ["images", String(images)],
  ]);
  if (run.classNames) notes.set(classNamesNote, JSON.stringify(run.classNames));
  if (evaluation) {
    const { top1, top5, loss, images: count, notFinite } = evaluation;
    notes.set("evaluation", JSON.stringify({ top1, top5, loss, images: count, ...(notFinite > 0 && { notFinite }) }));
  }
  return { config, preprocessing, parameters: await model.stateDict(averages), training: new Map(), notes };
}
