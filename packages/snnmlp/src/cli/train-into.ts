import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Device } from "@snnmlp/tensor";
import type { Batch, BatchSource } from "../data/batches.js";
import type { Preprocessing } from "../data/preprocessing.js";
import { SNNMLP } from "../model/snnmlp.js";
import { earlierMetrics } from "../report/metrics.js";
import { Progress } from "../report/progress.js";
import { RunRecorder } from "../report/run-recorder.js";
import type { Evaluation } from "../train/evaluate.js";
import { FiringProbe } from "../train/firing.js";
import type { NotFinitePolicy } from "../train/not-finite-policy.js";
import { newestName, type RunFolder, stepOf } from "../train/run-folder.js";
import { memoryLine, modelLine, recipeHint, recipeLine } from "../train/run-summary.js";
import { SaveClock } from "../train/save-clock.js";
import type { RunSchedules } from "../train/schedules.js";
import { restoreOptimiserState } from "../train/state.js";
import { TrainingStep } from "../train/step.js";
import { train } from "../train/trainer.js";
import { printNote } from "./output.js";
import { RunJudge } from "./run-judge.js";
import { checkpointOf } from "./train-checkpoint.js";
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
  const { plan, folder, batches, schedules, images: setImages, classNames, preprocessing } = job;
  const { config, settings, out, from } = plan;
  const { updates, epochs } = schedules;
  const { batchSize, accumulationSteps } = settings;
  const images = batchSize * accumulationSteps;
  const done = from ? stepOf(from) : 0;
  const { model, step } = await startingPoint(job);
  const yaml = planYaml(plan);
  writeFileSync(join(out, "config.yaml"), yaml);
  const earlier = earlierMetrics(join(out, "metrics.jsonl"), done);
  using recorder = new RunRecorder(out, { from: done, config: yaml });
  const { batchesPerEpoch } = batches;
  const parts = { plan, model, step, preprocessing, images: setImages, classNames, batchesPerEpoch, updates };
  const judge = new RunJudge(parts, folder, job.evaluate, earlier.best);
  const clock = new SaveClock(job.saveEvery);
  const save = (made: number): Promise<void> =>
    clock.save(async () => {
      recorder.sync();
      await folder.save(made, () => checkpointOf(parts, made, judge.evaluation));
    });

  const probed = Math.min(batchSize, mostProbed);
  using probe = job.logLifEvery > 0 ? await FiringProbe.create(model, probed, preprocessing) : undefined;
  using progress = new Progress("train", updates);
  using interruption = new Interruption();
  let seconds = 0;
  const made = await train({
    step,
    batches,
    batchSize: images,
    accumulationSteps,
    schedules,
    from: done,
    openEpoch: earlier.openEpoch,
    save,
    saveDue: (update) => clock.due(update),
    signal: interruption.signal,
    onNotFinite: job.onNotFinite,
    onSkip: (update) => {
      recorder.skip(update);
      printNote(`left out: ${update.skipped}`);
    },
    ...(probe && {
      inspectEvery: job.logLifEvery,
      inspect: async (update: number, batch: Batch) => {
        const bytes = probed * config.imageSize ** 2 * config.inChannels;
        recorder.lif(update, await probe.measure(batch.images.subarray(0, bytes)));
      },
    }),
    onEpoch: async (summary) => {
      const last = summary.step === updates;
      if (!last) await save(summary.step);
      const due = last || (job.evalEvery > 0 && (summary.epoch + 1) % job.evalEvery === 0);
      if (due) await judge.evaluate(summary.step);
      if (due) recorder.epoch(summary, judge.evaluation, judge.averageEvaluation);
      else recorder.epoch(summary, undefined);
    },
    onStep: (state) => {
      recorder.step(state);
      seconds = state.seconds;
      const rate = ((state.step - done) * images) / seconds;
      const secondsLeft = ((updates - state.step) * images) / rate;
      const epoch = epochs > 1 ? `epoch ${state.epoch + 1}/${epochs}` : undefined;
      progress.update({ step: state.step, epoch, loss: state.loss, imagesPerSecond: rate, secondsLeft });
    },
  });
  const checkpoint = join(out, newestName);
  const average = made === updates ? await judge.saveAverage(made) : undefined;
  await save(made);
  if (made < updates || !judge.evaluation) {
    throw new Interrupted(
      `stopped after update ${made} of ${updates}; go on with the same command, or: snnmlp train --resume ${checkpoint}`,
    );
  }
  const times = { steps: updates, seconds, imagesPerSecond: ((updates - done) * images) / seconds };
  return { checkpoint, metrics: recorder.path, ...times, evaluation: judge.evaluation, ...average };
}

/** Model and step as they are when the run starts, or goes on. */
async function startingPoint({ device, plan, batches, schedules, preprocessing, eager, note }: TrainingJob) {
  const { name, config, settings, from, checkpointActivations } = plan;
  const { seed, clip, fixedTau, fixedVth, augment } = settings;
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
  const hint = recipeHint(settings, batches.batchesPerEpoch);
  if (hint !== undefined) printNote(hint);
  if (from) {
    model.loadStateDict(from.parameters);
    restoreOptimiserState(step, from.training);
  }
  return { model, step };
}

/** Ctrl-C, the first time, while it is looked out for. */
class Interruption {
  readonly #stop = new AbortController();
  readonly #onInterrupt = (): void => this.#stop.abort();

  constructor() {
    process.once("SIGINT", this.#onInterrupt);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#onInterrupt);
  }
}
