import { link, mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from "../checkpoint/checkpoint.js";
import { explain, FileError, RunFolderError } from "../file-error.js";
import { RunLock } from "./run-lock.js";

/** The newest checkpoint of a run, or its finished model. */
export const newestName = "checkpoint.safetensors";
/** The model of the best evaluation, without optimiser state. */
export const bestName = "best.safetensors";
/** The moving average of the parameters at the end of a run, where one is kept. */
export const averageName = "ema.safetensors";

/** An older checkpoint, by its number of updates. */
const olderName = (step: number): string => `checkpoint-${step}.safetensors`;
const olderPattern = /^checkpoint-(\d+)\.safetensors$/;
/** What a run that was killed while it wrote leaves behind; not the locks of others, who may be starting just now. */
const temporaryPattern = /^\.(?!run\.lock\.).+\.\d+\.[0-9a-f]{8}\.tmp$/;
/** What a run writes besides checkpoints. */
const logPattern = /^(metrics\.jsonl|events\.out\.tfevents\..+)$/;

/**
 * The folder of one training run, which nobody else writes meanwhile: the newest checkpoint as `checkpoint.safetensors`,
 * those before as `checkpoint-STEP.safetensors`, the best model as `best.safetensors`. At any moment, even across a
 * crash, the newest checkpoint is whole or an older one is there.
 */
export class RunFolder {
  /** Updates made in `checkpoint.safetensors`; undefined where there is none to keep. */
  #newest: number | undefined;

  private constructor(
    readonly path: string,
    private readonly keep: number,
    private readonly lock: RunLock,
    /** Whether the folder was not there before. */
    private readonly fresh: boolean,
  ) {}

  /**
   * Makes and locks the folder and removes what a killed run left half-written.
   *
   * @param options `keep`: how many checkpoints to keep, from 1; `restart` deletes the checkpoints and logs of the run in it
   * @throws RunFolderError when a living run has the folder, or it cannot be written
   */
  static async open(
    path: string,
    options: { readonly keep?: number; readonly restart?: boolean } = {},
  ): Promise<RunFolder> {
    const { keep = 2, restart = false } = options;
    try {
      const fresh = (await mkdir(path, { recursive: true })) !== undefined;
      const folder = new RunFolder(path, keep, RunLock.take(path), fresh);
      for (const name of await readdir(path))
        if (temporaryPattern.test(name)) await rm(join(path, name), { force: true });
      if (restart) await folder.clear();
      return folder;
    } catch (cause) {
      if (cause instanceof FileError) throw cause;
      throw new RunFolderError(path, ...explain(cause), { cause });
    }
  }

  /**
   * The newest checkpoint that is whole, or undefined in a folder without checkpoints.
   *
   * @param onDamaged called for each newer one that is damaged
   * @throws the error of the newest one when all are damaged
   */
  async newest(onDamaged: (error: Error) => void): Promise<Checkpoint | undefined> {
    const names = await this.#checkpoints();
    this.#newest = undefined;
    let first: unknown;
    for (const name of names) {
      try {
        const checkpoint = await loadCheckpoint(join(this.path, name));
        if (name === newestName) this.#newest = stepOf(checkpoint);
        return checkpoint;
      } catch (error) {
        first ??= error;
        if (!(error instanceof Error) || name === names.at(-1)) throw first;
        onDamaged(error);
      }
    }
    return undefined;
  }

  /**
   * Writes the newest checkpoint, unless it is there already; the one before gets its number, those beyond `keep` go.
   *
   * @param options `replace`: write it even so, as a finished model in the place of its unfinished run
   */
  async save(
    step: number,
    make: () => Promise<Checkpoint>,
    { replace = false }: { readonly replace?: boolean } = {},
  ): Promise<void> {
    if (step === this.#newest && !replace) return;
    const checkpoint = await make();
    const path = join(this.path, newestName);
    const before = this.#newest;
    if (before !== undefined && before !== step && this.keep > 1) {
      await this.#keepAs(path, join(this.path, olderName(before)));
    }
    this.#newest = undefined;
    await saveCheckpoint(path, checkpoint);
    this.#newest = step;
    const older = (await this.#older()).filter((number) => number < step).slice(0, this.keep - 1);
    for (const number of await this.#older()) {
      if (!older.includes(number)) await rm(join(this.path, olderName(number)), { force: true });
    }
  }

  /** Writes a model beside the checkpoints. */
  async saveModel(name: typeof bestName | typeof averageName, checkpoint: Checkpoint): Promise<void> {
    await saveCheckpoint(join(this.path, name), { ...checkpoint, training: new Map() });
  }

  /** Deletes checkpoints and logs, as before a run that begins anew. */
  async clear(): Promise<void> {
    for (const name of await readdir(this.path)) {
      const ours =
        [newestName, bestName, averageName].includes(name) || olderPattern.test(name) || logPattern.test(name);
      if (ours) await rm(join(this.path, name), { force: true });
    }
    this.#newest = undefined;
  }

  /** Unlocks the folder, and removes it where it was made for this run and nothing was written. */
  async close(): Promise<void> {
    this.lock.release();
    if (this.fresh) await rmdir(this.path).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A second name for a file, so that its first one can be replaced in one step; where links are unknown, a new name. */
  async #keepAs(from: string, to: string): Promise<void> {
    await rm(to, { force: true });
    await link(from, to).catch(() => rename(from, to));
  }

  /** Names of the checkpoints, newest first. */
  async #checkpoints(): Promise<string[]> {
    const newest = (await readdir(this.path)).filter((name) => name === newestName);
    return [...newest, ...(await this.#older()).map(olderName)];
  }

  /** Numbers of the older checkpoints, newest first. */
  async #older(): Promise<number[]> {
    const numbers = (await readdir(this.path)).map((name) => Number(olderPattern.exec(name)?.[1] ?? Number.NaN));
    return numbers.filter(Number.isInteger).sort((a, b) => b - a);
  }
}

/** Updates made when a checkpoint was written; 0 where it does not say. */
export function stepOf({ notes }: Checkpoint): number {
  return Number(notes.get("step") ?? 0);
}
