import { join } from "node:path";
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { RunFolderError, SafetensorsError } from "../file-error.js";
import { newestName, type RunFolder, stepOf } from "./run-folder.js";
import { firstDifference, type RunIdentity } from "./same-run.js";

/** Where a run stands in its folder: not begun, begun, or finished. */
export interface Standing {
  /** The checkpoint to go on from. */
  readonly from?: Checkpoint;
  /** The finished model. */
  readonly finished?: Checkpoint;
}

/** @throws SafetensorsError when a checkpoint to go on from belongs to a run on other data */
export function checkSameData(path: string, from: Checkpoint, identity: RunIdentity): void {
  const difference = firstDifference(from, identity);
  if (!difference) return;
  const { name, there, here } = difference;
  const reason = `it belongs to another run: ${name} is ${there} there, ${here} here`;
  throw new SafetensorsError(
    path,
    reason,
    "name the data it was trained on with --data, or train anew without --resume",
  );
}

/**
 * Finds out what the folder holds of the run that is to be written there, so that the same command goes on by itself.
 * A folder with logs but no checkpoint is of a run killed before its first, and emptied.
 *
 * @param resumed the checkpoint of `--resume`, which is gone on from whatever else there is
 * @param note shows a line about what was found
 * @throws RunFolderError when the folder holds another run, or no checkpoint in it is whole
 */
export async function standingOf(
  folder: RunFolder,
  identity: RunIdentity,
  updates: number,
  resumed: Checkpoint | undefined,
  note: (line: string) => void,
): Promise<Standing> {
  const found = await newestOf(folder, resumed, note);
  if (!found) {
    if (!resumed) await folder.clear();
    return resumed ? { from: resumed } : {};
  }
  const difference = firstDifference(found, identity);
  if (difference) {
    const { name, there, here } = difference;
    const reason = `it holds another run: ${name} is ${there} there, ${here} here`;
    const goOn = `go on with that one: --resume ${join(folder.path, newestName)}; or `;
    const fix = `${found.training.size > 0 ? goOn : ""}choose another --out; or replace it: --restart`;
    throw new RunFolderError(folder.path, reason, fix);
  }
  if (resumed) return { from: resumed };
  if (isFinished(found, updates)) return { finished: found };
  note(`going on after update ${stepOf(found)} of ${updates} in ${folder.path}; --restart begins anew`);
  return { from: found };
}

/** Whether a checkpoint is a finished model; stopped in its last evaluation a run has made all updates, but is not. */
export const isFinished = (checkpoint: Checkpoint, updates: number): boolean =>
  stepOf(checkpoint) >= updates && checkpoint.training.size === 0;

async function newestOf(
  folder: RunFolder,
  resumed: Checkpoint | undefined,
  note: (line: string) => void,
): Promise<Checkpoint | undefined> {
  const onDamaged = (error: Error): void => note(`damaged, taking the one before: ${error.message}`);
  try {
    return await folder.newest(onDamaged);
  } catch (cause) {
    if (resumed) return undefined;
    const text = cause instanceof Error ? cause.message : String(cause);
    const reason = `no checkpoint in it is whole (${text})`;
    throw new RunFolderError(folder.path, reason, "begin anew with --restart, or choose another --out", { cause });
  }
}
