import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Device } from "@snnmlp/tensor";
import type { Batch, BatchSource } from "../data/batches.js";
import type { Preprocessing } from "../data/preprocessing.js";
import { SNNMLP } from "../model/snnmlp.js";
import { earlierMetrics } from "../report/metrics.js";
import { Progress } from "../report/progress.js";
import { RunRecorder } from "../report/run-recorder.js";
import type { EpochSummary } from "../train/epoch-meter.js";
import type { Evaluation } from "../train/evaluate.js";
import { FiringProbe } from "../train/firing.js";
import type { NotFinitePolicy } from "../train/not-finite-policy.js";
import { averageName, bestName, newestName, type RunFolder, stepOf } from "../train/run-folder.js";
import { memoryLine, modelLine, recipeHint, recipeLine } from "../train/run-summary.js";
import { SaveClock } from "../train/save-clock.js";
import type { RunSchedules } from "../train/schedules.js";
import { restoreOptimiserState } from "../train/state.js";
import { TrainingStep } from "../train/step.js";
import { train } from "../train/trainer.js";
import { printNote } from "./output.js";
import { checkpointOf, modelOf } from "./train-checkpoint.js";
import { planYaml, type TrainingPlan } from "./train-plan.js";

/** Ctrl-C ended the run; a checkpoint was written. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Most images of a batch that are looked at for which neurons fire. */
const mostProbed = 32;

export interface TrainingJob {
  readonly device: Device;
  readonly plan: TrainingPlan;
  /** The folder of `plan.out`. */
  readonly folder: RunFolder;
  readonly batches: BatchSource;
  /** How many images the training set has. */
  readonly images: number;
  /** Of the data, where it names its classes; they go into the checkpoint. */
  readonly classNames: readonly string[] | undefined;
  readonly schedules: RunSchedules;
  readonly preprocessing: Preprocessing;
  readonly saveEvery: number | undefined;
  /** Epochs between evaluations; 0 for one at the end. */
  readonly evalEvery: number;
  /** Updates between looks at the LIFs; 0 for none. */
  readonly logLifEvery: number;
  readonly onNotFinite: NotFinitePolicy;
  /** How the step is run; the result has the same bits either way. */
  readonly eager: boolean;
  /** Evaluates the model, or other parameters in it. */
  readonly evaluate: (model: SNNMLP, parameters?: SNNMLP["parameters"]) => Promise<Evaluation>;
  /** Shows a line about the run. */
  readonly note: (line: string) => void;
}

export interface TrainingResult {
  readonly checkpoint: string;
  readonly metrics: string;
  readonly steps: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly evaluation: Evaluation;
  /** Of the moving average of the parameters, where one is kept, and the file it is in. */
  readonly averageEvaluation?: Evaluation;
  readonly averageModel?: string;
}

/** Trains with a progress bar and writes checkpoint, config.yaml and metrics. @throws Interrupted, DivergedError */
export async function trainInto(job: TrainingJob): Promise<TrainingResult> {
  const { device, plan, folder, batches, schedules, preprocessing, evaluate, note } = job;
  const { name, config, settings, out, from, checkpointActivations } = plan;
  const { batchSize, accumulationSteps, clip, seed } = settings;
  const { updates } = schedules;
  const done = from ? stepOf(from) : 0;
  const model = new SNNMLP(device, config, { seed, fixed: { tau: settings.fixedTau, vth: settings.fixedVth } });
  const step = await TrainingStep.create(model, {
    ...settings,
    clip: clip === 0 ? Infinity : clip,
    preprocessing,
    eraseMode: settings.augment?.remode,
    eager: job.eager,
    checkpointActivations,
  });
  note(modelLine(name, config));
  note(recipeLine(settings, schedules));
  if (step.plan) note(memoryLine(step.plan));
  const hint = recipeHint(settings, batches.batchesPerEpoch);
  if (hint !== undefined) printNote(hint);
  if (from) {
    model.loadStateDict(from.parameters);
    restoreOptimiserState(step, from.training);
  }
  const yaml = planYaml(plan);
  writeFileSync(join(out, "config.yaml"), yaml);
  const checkpoint = join(out, newestName);
  const earlier = earlierMetrics(join(out, "metrics.jsonl"), done);
  using recorder = new RunRecorder(out, { from: done, config: yaml });
  let { best } = earlier;
  let evaluation: Evaluation | undefined;
  let averageEvaluation: Evaluation | undefined;
  const { batchesPerEpoch } = batches;
  const { images: setImages, classNames } = job;
  const parts = { plan, model, step, preprocessing, images: setImages, classNames, batchesPerEpoch, updates };
  const clock = new SaveClock(job.saveEvery);
  const save = async (made: number): Promise<void> => {
    await clock.save(async () => {
      recorder.sync();
      await folder.save(made, () => checkpointOf(parts, made, evaluation));
    });
  };

  const probed = Math.min(batchSize, mostProbed);
  using probe = job.logLifEvery > 0 ? await FiringProbe.create(model, probed, preprocessing) : undefined;
  const inspect = async (made: number, batch: Batch): Promise<void> => {
    const bytes = probed * config.imageSize ** 2 * config.inChannels;
    if (probe) recorder.lif(made, await probe.measure(batch.images.subarray(0, bytes)));
  };
  using progress = new Progress("train", updates);
  const images = batchSize * accumulationSteps;
  let seconds = 0;
  const onEpoch = async (summary: EpochSummary): Promise<void> => {
    const last = summary.step === updates;
    const due = job.evalEvery > 0 && (summary.epoch + 1) % job.evalEvery === 0;
    if (!last) await save(summary.step);
    const averages = step.average?.parameters;
    if (last || due) evaluation = await evaluate(model);
    if (averages && (last || due)) averageEvaluation = await evaluate(model, averages);
    if (evaluation && (last || due) && evaluation.top1 > best) {
      best = evaluation.top1;
      await folder.saveModel(bestName, await modelOf(parts, summary.step, evaluation));
    }
    if (last || due) recorder.epoch(summary, evaluation, averageEvaluation);
    else recorder.epoch(summary, undefined);
  };
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once("SIGINT", onInterrupt);
  try {
    const made = await train({
      step,
      batches,
      batchSize: images,
      accumulationSteps,
      onNotFinite: job.onNotFinite,
      onSkip: (update) => {
        recorder.skip(update);
        printNote(`left out: ${update.skipped}`);
      },
      schedules,
      from: done,
      openEpoch: earlier.openEpoch,
      save,
      saveDue: (update) => clock.due(update),
      ...(probe && { inspect, inspectEvery: job.logLifEvery }),
      signal: stop.signal,
      onEpoch,
      onStep: (state) => {
        recorder.step(state);
        seconds = state.seconds;
        const rate = ((state.step - done) * images) / seconds;
        const secondsLeft = ((updates - state.step) * images) / rate;
        const epoch = schedules.epochs > 1 ? `epoch ${state.epoch + 1}/${schedules.epochs}` : undefined;
        progress.update({ step: state.step, epoch, loss: state.loss, imagesPerSecond: rate, secondsLeft });
      },
    });
    if (made === updates && step.average) {
      await folder.saveModel(averageName, await modelOf(parts, made, undefined, step.average.parameters));
    }
    await save(made);
    if (made < updates || !evaluation) {
      throw new Interrupted(
        `stopped after update ${made} of ${updates}; go on with the same command, or: snnmlp train --resume ${checkpoint}`,
      );
    }
  } finally {
    process.off("SIGINT", onInterrupt);
  }
  const imagesPerSecond = ((updates - done) * images) / seconds;
  const times = { steps: updates, seconds, imagesPerSecond };
  const average = averageEvaluation && { averageEvaluation, averageModel: join(out, averageName) };
  return { checkpoint, metrics: recorder.path, ...times, evaluation, ...average };
}
