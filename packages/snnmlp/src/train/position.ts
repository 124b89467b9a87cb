import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { SafetensorsError } from "../file-error.js";
import type { RunSettings } from "./recipe.js";
import { stepOf } from "./run-folder.js";

/**
 * The notes of a checkpoint that say where in the data and in the random numbers a run stands after `made` updates.
 * `batch` counts the batches of the epoch that were taken, and `update` is the number of updates made; every random choice
 * is a function of it and the seed: shuffling, augmentation, mixing and drop path keep no state.
 */
export function positionNotes(
  made: number,
  { seed, accumulationSteps }: Pick<RunSettings, "seed" | "accumulationSteps">,
  batchesPerEpoch: number,
): ReadonlyMap<string, string> {
  const batches = made * accumulationSteps;
  const position = { epoch: Math.floor(batches / batchesPerEpoch), batch: batches % batchesPerEpoch };
  return new Map([
    ["position", JSON.stringify(position)],
    ["random", JSON.stringify({ seed, update: made })],
  ]);
}

/**
 * Checks that a run which goes on from a checkpoint takes the batches, and draws the numbers, that follow those before it.
 *
 * @throws SafetensorsError when the checkpoint stands elsewhere than its step and this run's settings imply
 */
export function checkPosition(
  path: string,
  from: Checkpoint,
  settings: Pick<RunSettings, "seed" | "accumulationSteps">,
  batchesPerEpoch: number,
): void {
  const made = stepOf(from);
  for (const [name, due] of positionNotes(made, settings, batchesPerEpoch)) {
    const found = from.notes.get(name) ?? "missing";
    if (found === due) continue;
    const reason = `its ${name} is ${found.slice(0, 80)}, after update ${made} of this run it is ${due}`;
    throw new SafetensorsError(path, reason, "take another checkpoint of this run, or train anew");
  }
}
