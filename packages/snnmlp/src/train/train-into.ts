import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Batch } from "../data/batches.js";
import { type EarlierMetrics, earlierMetrics, type StepMetrics } from "../report/metrics.js";
import { Progress } from "../report/progress.js";
import { RunRecorder } from "../report/run-recorder.js";
import type { EpochSummary } from "./epoch-meter.js";
import type { Evaluation } from "./evaluate.js";
import { FiringProbe } from "./firing.js";
import type { NotFinitePolicy } from "./not-finite-policy.js";
import { checkpointOf, type RunParts } from "./run-checkpoint.js";
import { newestName, type RunFolder, stepOf } from "./run-folder.js";
import { type EvaluateModel, RunJudge } from "./run-judge.js";
import { SaveClock } from "./save-clock.js";
import { type Start, startingPoint } from "./starting-point.js";
import { type TrainingRun, train } from "./trainer.js";

/** A signal stopped the run; what it needs to go on is in its folder. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  /** @param steps updates made; `checkpoint`: the file to go on from, where one was written */
  constructor(
    message: string,
    readonly steps: number,
    readonly checkpoint?: string,
  ) {
    super(message);
  }
}

/** A run to train in a folder: what, from where, and how it is watched. */
export interface TrainingJob extends Start {
  /** Where checkpoints, config.yaml and logs go. */
  readonly folder: RunFolder;
  /** The run's settings as they are written to config.yaml. */
  readonly yaml: string;
  readonly evaluate: EvaluateModel;
  /** Updates between checkpoints, besides those at the end of epochs; by default half a minute. */
  readonly saveEvery?: number | undefined;
  /** Epochs between evaluations; 0 for one at the end. */
  readonly evalEvery: number;
  /** Updates between looks at the LIFs; 0 for none. */
  readonly logLifEvery: number;
  readonly onNotFinite: NotFinitePolicy;
  /** Stops the run after the update in flight; `evaluate` watches it by itself. */
  readonly signal?: AbortSignal;
}

/** What a finished run left. */
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

/**
 * Trains in a folder with a progress bar, from the beginning or from a checkpoint, and writes checkpoints, config.yaml and
 * metrics. Stopped at any moment and called again with the newest checkpoint, it ends with the same bits.
 *
 * @throws Interrupted when the signal stopped it, DivergedError
 */
export async function trainInto(job: TrainingJob): Promise<TrainingResult> {
  const { folder, from, signal } = job;
  const run = await startingPoint(job);
  if (signal?.aborted) throw new Interrupted("stopped before the first update; nothing was written", 0);
  const { updates } = run.schedules;
  const done = from ? stepOf(from) : 0;
  writeFileSync(join(folder.path, "config.yaml"), job.yaml);
  const earlier = earlierMetrics(join(folder.path, "metrics.jsonl"), done);
  using recorder = new RunRecorder(folder.path, { from: done, config: job.yaml });
  using progress = new RunProgress(run, done);
  using looks = await LifLooks.create(job, run, recorder);
  const judge = new RunJudge(run, folder, job.evaluate, earlier.best);
  const saving = new Saving(job, run, recorder, judge);
  const made = await train({
    ...loopOf(job, run, earlier),
    ...saving.hooks,
    ...looks?.hooks,
    onSkip: (update) => {
      recorder.skip(update);
      job.warn(`left out: ${update.skipped}`);
    },
    onEpoch: (summary) => endEpoch(summary, job.evalEvery, { run, saving, judge, recorder }),
    onStep: (metrics) => {
      recorder.step(metrics);
      progress.show(metrics);
    },
  });
  // Gone on from after the last update, in a folder that does not say what is due there.
  if (made === updates && !judge.evaluation && !signal?.aborted) await judge.evaluate(made);
  const { evaluation } = judge;
  const finished = made === updates && evaluation;
  const average = finished ? await judge.saveAverage(made) : undefined;
  await saving.save(made);
  const checkpoint = join(folder.path, newestName);
  if (!finished) throw interrupted(made, updates, checkpoint);
  const { seconds, imagesPerSecond } = progress;
  return { checkpoint, metrics: recorder.path, steps: updates, seconds, imagesPerSecond, evaluation, ...average };
}

function interrupted(made: number, updates: number, checkpoint: string): Interrupted {
  const where = made === updates ? "in the last evaluation, " : "";
  const goOn = `go on with the same command, or: snnmlp train --resume ${checkpoint}`;
  return new Interrupted(`stopped ${where}after update ${made} of ${updates}; ${goOn}`, made, checkpoint);
}

/** What the loop needs to know of the run. */
function loopOf(job: TrainingJob, { identity, step, schedules }: RunParts, { openEpoch }: EarlierMetrics) {
  const { batches, from, signal, onNotFinite } = job;
  const { batchSize, accumulationSteps } = identity.settings;
  return {
    step,
    batches,
    batchSize: batchSize * accumulationSteps,
    accumulationSteps,
    schedules,
    from: from ? stepOf(from) : 0,
    openEpoch,
    onNotFinite,
    ...(signal && { signal }),
  } satisfies Partial<TrainingRun>;
}

interface EpochParts {
  readonly run: RunParts;
  readonly saving: Saving;
  readonly judge: RunJudge;
  readonly recorder: RunRecorder;
}

/** A checkpoint first: an evaluation that is stopped is made when the run goes on. The last one belongs to the finished model. */
async function endEpoch(summary: EpochSummary, evalEvery: number, parts: EpochParts): Promise<void> {
  const { run, saving, judge, recorder } = parts;
  const last = summary.step === run.schedules.updates;
  if (!last) await saving.save(summary.step);
  const due = last || (evalEvery > 0 && (summary.epoch + 1) % evalEvery === 0);
  if (!due) recorder.epoch(summary, undefined);
  else if (await judge.evaluate(summary.step)) recorder.epoch(summary, judge.evaluation, judge.averageEvaluation);
}

/** When checkpoints are written, and what is in them. */
class Saving {
  readonly #clock: SaveClock;

  constructor(
    private readonly job: Pick<TrainingJob, "folder" | "saveEvery">,
    private readonly run: RunParts,
    private readonly recorder: RunRecorder,
    private readonly judge: RunJudge,
  ) {
    this.#clock = new SaveClock(job.saveEvery);
  }

  readonly save = (made: number): Promise<void> =>
    this.#clock.save(async () => {
      this.recorder.sync();
      const { evaluation } = this.judge;
      const replace = made === this.run.schedules.updates && evaluation !== undefined;
      await this.job.folder.save(made, () => checkpointOf(this.run, made, evaluation), { replace });
    });

  get hooks(): Pick<TrainingRun, "save" | "saveDue"> {
    return { save: this.save, saveDue: (update) => this.#clock.due(update) };
  }
}

/** Most images of a batch that are looked at for which neurons fire. */
const mostProbed = 32;

/** Looks now and then at which neurons fire. */
class LifLooks {
  private constructor(
    private readonly probe: FiringProbe,
    private readonly every: number,
    private readonly bytes: number,
    private readonly recorder: RunRecorder,
  ) {}

  static async create(job: TrainingJob, run: RunParts, recorder: RunRecorder): Promise<LifLooks | undefined> {
    if (job.logLifEvery === 0) return undefined;
    const { config, settings, preprocessing } = run.identity;
    const images = Math.min(settings.batchSize, mostProbed);
    const probe = await FiringProbe.create(run.model, images, preprocessing);
    return new LifLooks(probe, job.logLifEvery, images * config.imageSize ** 2 * config.inChannels, recorder);
  }

  get hooks(): Pick<TrainingRun, "inspect" | "inspectEvery"> {
    const inspect = async (update: number, { images }: Batch): Promise<void> =>
      this.recorder.lif(update, await this.probe.measure(images.subarray(0, this.bytes)));
    return { inspect, inspectEvery: this.every };
  }

  [Symbol.dispose](): void {
    this.probe[Symbol.dispose]();
  }
}

/** The progress bar of the updates, and how long they took. */
class RunProgress {
  readonly #bar: Progress;
  #made: number;
  /** Since the start. */
  seconds = 0;

  constructor(
    private readonly run: RunParts,
    private readonly done: number,
  ) {
    this.#bar = new Progress("train", run.schedules.updates);
    this.#made = done;
  }

  show({ step, epoch, loss, seconds }: StepMetrics): void {
    const { updates, epochs } = this.run.schedules;
    this.#made = step;
    this.seconds = seconds;
    const { imagesPerSecond } = this;
    const secondsLeft = (updates - step) * (seconds / (step - this.done));
    const told = epochs > 1 ? `epoch ${epoch + 1}/${epochs}` : undefined;
    this.#bar.update({ step, epoch: told, loss, imagesPerSecond, secondsLeft });
  }

  /** 0 before the first update. */
  get imagesPerSecond(): number {
    const { batchSize, accumulationSteps } = this.run.identity.settings;
    const images = (this.#made - this.done) * batchSize * accumulationSteps;
    return images === 0 ? 0 : images / this.seconds;
  }

  [Symbol.dispose](): void {
    this.#bar[Symbol.dispose]();
  }
}
