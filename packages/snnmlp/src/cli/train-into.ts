import { join } from "node:path";
import type { Device, MemoryPlan } from "@snnmlp/tensor";
import { type Checkpoint, saveCheckpoint } from "../checkpoint/checkpoint.js";
import type { SnnmlpConfig } from "../config.js";
import { BatchStream } from "../data/batches.js";
import type { ImageSet } from "../data/image-set.js";
import type { Preprocessing } from "../data/preprocessing.js";
import { SNNMLP } from "../model/snnmlp.js";
import { MetricsFile } from "../report/metrics.js";
import { Progress } from "../report/progress.js";
import { type RunSettings, schedulesOf } from "../train/recipe.js";
import { optimiserState, restoreOptimiserState } from "../train/state.js";
import { TrainingStep } from "../train/step.js";
import { train } from "../train/trainer.js";
import { checkpointName } from "./model-file.js";

/** Ctrl-C ended the run; a checkpoint was written. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

export interface TrainingJob {
  readonly device: Device;
  readonly name: string;
  readonly config: SnnmlpConfig;
  readonly settings: RunSettings;
  readonly set: ImageSet;
  readonly preprocessing: Preprocessing;
  /** Folder of the checkpoint and the metrics. */
  readonly out: string;
  /** The checkpoint to go on from. */
  readonly from: Checkpoint | undefined;
  readonly saveEvery: number | undefined;
  /** How the step is run; the result has the same bits either way. */
  readonly eager: boolean;
  readonly checkpointActivations: boolean;
  /** Called with the step's memory before the first update; not when eager. */
  readonly onPlan: (plan: MemoryPlan) => void;
}

export interface TrainingResult {
  readonly model: SNNMLP;
  readonly checkpoint: string;
  readonly metrics: string;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

/** Trains with a progress bar and writes checkpoint and metrics. @throws Interrupted, DivergedError */
export async function trainInto(job: TrainingJob): Promise<TrainingResult> {
  const { device, name, config, settings, set, preprocessing, out, from } = job;
  const { steps, batchSize, seed } = settings;
  const model = new SNNMLP(device, config, { seed });
  const { eager, checkpointActivations } = job;
  const step = await TrainingStep.create(model, { ...settings, preprocessing, eager, checkpointActivations });
  if (step.plan) job.onPlan(step.plan);
  const done = Number(from?.notes.get("step") ?? 0);
  if (from) {
    model.loadStateDict(from.parameters);
    restoreOptimiserState(step, from.training);
  }
  const checkpoint = join(out, checkpointName);
  const save = async (made: number): Promise<void> => {
    const parameters = await model.stateDict();
    const training = made < steps ? await optimiserState(step) : new Map();
    const notes = new Map([
      ["model", name],
      ["run", JSON.stringify(settings)],
      ["step", String(made)],
    ]);
    await saveCheckpoint(checkpoint, { config, preprocessing, parameters, training, notes });
  };

  using metrics = new MetricsFile(join(out, "metrics.jsonl"), { keep: done });
  using progress = new Progress("train", steps);
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once("SIGINT", onInterrupt);
  let seconds = 0;
  try {
    const made = await train({
      step,
      batches: new BatchStream(set, { batchSize, imageSize: config.imageSize, seed }),
      batchSize,
      steps,
      schedules: schedulesOf(settings),
      from: done,
      save,
      ...(job.saveEvery !== undefined && { saveEvery: job.saveEvery }),
      signal: stop.signal,
      onStep: (state) => {
        metrics.write(state);
        seconds = state.seconds;
        const rate = ((state.step - done) * batchSize) / seconds;
        const secondsLeft = ((steps - state.step) * batchSize) / rate;
        progress.update({ step: state.step, loss: state.loss, imagesPerSecond: rate, secondsLeft });
      },
    });
    await save(made);
    if (made < steps) {
      throw new Interrupted(
        `stopped after update ${made} of ${steps}; go on with: snnmlp train --resume ${checkpoint}`,
      );
    }
  } finally {
    process.off("SIGINT", onInterrupt);
  }
  return { model, checkpoint, metrics: metrics.path, seconds, imagesPerSecond: ((steps - done) * batchSize) / seconds };
}
