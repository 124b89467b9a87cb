import type { Batch, BatchSource } from "../data/batches.js";
import type { StepMetrics } from "../report/metrics.js";
import { EpochMeter, type EpochSummary } from "./epoch-meter.js";
import { NotFiniteGuard, type NotFinitePolicy, type SkippedUpdate } from "./not-finite-policy.js";
import { RecentRate } from "./recent-rate.js";
import type { RunSchedules } from "./schedules.js";
import type { StepResult, TrainingStep } from "./step.js";

/** Everything `train` needs: what computes an update, on which batches, how often, at which rates. */
export interface TrainingRun {
  readonly step: TrainingStep;
  readonly batches: BatchSource;
  /** Images of an update. */
  readonly batchSize: number;
  /** Batches of an update; default 1. */
  readonly accumulationSteps?: number;
  /** How many updates, and at which rates. */
  readonly schedules: RunSchedules;
  /** Updates already made, when a run is continued. */
  readonly from?: number;
  /** What was reported of those of them in the epoch that has not been summed up. */
  readonly openEpoch?: readonly (StepMetrics | SkippedUpdate)[];
  readonly onStep: (metrics: StepMetrics) => void;
  /** Called with no update in flight at the end of each epoch, and of a run that ends within one. */
  readonly onEpoch?: (summary: EpochSummary) => Promise<void>;
  /** Called with no update in flight after each update that `saveDue` says so of; default none. */
  readonly save?: (update: number) => Promise<void>;
  readonly saveDue?: (update: number) => boolean;
  /** Called with no update in flight after the first update, each `inspectEvery` and the last, with the batch of that update. */
  readonly inspect?: (update: number, batch: Batch) => Promise<void>;
  readonly inspectEvery?: number;
  /** What to do about a loss or gradient that is not finite; default: stop. */
  readonly onNotFinite?: NotFinitePolicy;
  /** Called with every update that was left out. */
  readonly onSkip?: (update: SkippedUpdate) => void;
  /** Stops the run after the updates in flight. */
  readonly signal?: AbortSignal;
}

/** Steps queued before the oldest result is awaited: the GPU works while the next batch is prepared. */
const inFlight = 2;

/**
 * The training loop.
 *
 * @returns the number of updates made in all, less than the schedules' when the signal stopped it
 * @throws DivergedError when the loss or the gradient norm is not finite
 */
export async function train(run: TrainingRun): Promise<number> {
  const { step, batches, batchSize, schedules, from = 0, openEpoch = [], onStep, onEpoch, signal } = run;
  const { accumulationSteps = 1, onNotFinite = "stop", onSkip = () => undefined } = run;
  const { save, saveDue, inspect, inspectEvery = Infinity } = run;
  const { updates, firstLifUpdate, epochOf } = schedules;
  const start = performance.now();
  const meter = new EpochMeter();
  const rate = new RecentRate(batchSize);
  const guard = new NotFiniteGuard(onNotFinite, onSkip);
  const queued: { update: number; parts: readonly Batch[]; result: Promise<StepResult> }[] = [];

  const finish = async () => {
    const oldest = queued.shift();
    if (!oldest) return;
    const { update, parts } = oldest;
    const result = await meter.wait("gpu", oldest.result);
    const locate = async () => {
      await Promise.all(queued.map((later) => later.result));
      return step.locate(parts, update);
    };
    const accepted = await guard.accepts(update, result, locate);
    const now = performance.now();
    const imagesPerSecond = rate.add(now);
    if (!accepted) return meter.skip(batchSize);
    const { loss, gradientNorm } = result;
    const metrics = {
      step: update,
      epoch: epochOf(update - 1),
      loss,
      learningRate: schedules.main(update - 1),
      lifLearningRate: update <= firstLifUpdate ? 0 : schedules.lif(update - 1),
      gradientNorm,
      imagesPerSecond,
      seconds: (now - start) / 1000,
    };
    meter.add(metrics, batchSize);
    onStep(metrics);
  };

  const endsEpoch = (made: number): boolean => made === updates || epochOf(made) > epochOf(made - 1);
  const endEpoch = async (made: number): Promise<void> => {
    await onEpoch?.(meter.summary(made, epochOf(made - 1)));
    meter.restart();
    rate.restart();
  };

  for (const metrics of openEpoch) {
    if ("skipped" in metrics) meter.skip(batchSize);
    else meter.add(metrics, batchSize);
  }
  // Stopped after the checkpoint at the end of an epoch, but before the rest of what is due there.
  if (openEpoch.length > 0 && endsEpoch(from)) await endEpoch(from);
  let made = from;
  while (made < updates && !signal?.aborted) {
    const lifUpdate = Math.max(0, made + 1 - firstLifUpdate);
    const rates = { main: schedules.main(made), lif: schedules.lif(made), lifUpdate };
    const parts: Batch[] = [];
    for (let part = 0; part < accumulationSteps - 1; part++) {
      const batch = await meter.wait("data", batches.at(made * accumulationSteps + part));
      step.accumulate(batch, made + 1, part);
      parts.push(batch);
    }
    const batch = await meter.wait("data", batches.at((made + 1) * accumulationSteps - 1));
    parts.push(batch);
    if (parts.some(({ count }) => count > 0)) {
      queued.push({ update: made + 1, parts, result: step.run(batch, made + 1, rates) });
    } else {
      while (queued.length > 0) await finish();
      meter.skip(batchSize);
      onSkip({ step: made + 1, skipped: `update ${made + 1}: none of its images can be used` });
    }
    made += 1;
    const epochEnds = onEpoch !== undefined && endsEpoch(made);
    const saving = save !== undefined && made < updates && saveDue?.(made) === true;
    const inspecting = inspect && batch.count > 0 && (made === 1 || made === updates || made % inspectEvery === 0);
    const pausing = saving || epochEnds || inspecting;
    while (queued.length >= (pausing ? 1 : inFlight)) await finish();
    if (inspecting) await inspect(made, batch);
    if (epochEnds) await endEpoch(made);
    if (saving) await save(made);
    if (pausing) rate.restart();
  }
  while (queued.length > 0) await finish();
  return made;
}
