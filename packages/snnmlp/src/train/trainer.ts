import type { BatchSource } from "../data/batches.js";
import type { StepMetrics } from "../report/metrics.js";
import type { Schedule } from "../schedule.js";
import type { StepResult, TrainingStep } from "./step.js";

/** Everything `train` needs: what computes an update, on which batches, how often, at which rates. */
export interface TrainingRun {
  readonly step: TrainingStep;
  readonly batches: BatchSource;
  readonly batchSize: number;
  /** Updates to make in all. */
  readonly steps: number;
  /** Learning rates of the main parameters and of the LIFs', by update. */
  readonly schedules: { readonly main: Schedule; readonly lif: Schedule };
  /** Updates already made, when a run is continued. */
  readonly from?: number;
  readonly onStep: (metrics: StepMetrics) => void;
  /** Called with no update in flight after each `saveEvery` updates; default never. */
  readonly save?: (update: number) => Promise<void>;
  readonly saveEvery?: number;
  /** Stops the run after the updates in flight. */
  readonly signal?: AbortSignal;
}

/** A loss or gradient stopped being a number. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
}

/** Steps queued before the oldest result is awaited: the GPU works while the next batch is prepared. */
const inFlight = 2;

/**
 * The training loop.
 *
 * @returns the number of updates made in all, less than `steps` when the signal stopped it
 * @throws DivergedError when the loss or the gradient norm is not finite
 */
export async function train(run: TrainingRun): Promise<number> {
  const { step, batches, batchSize, steps, schedules, from = 0, onStep, save, saveEvery = Infinity, signal } = run;
  const start = performance.now();
  let last = start;
  const queued: { update: number; result: Promise<StepResult> }[] = [];

  const finish = async () => {
    const oldest = queued.shift();
    if (!oldest) return;
    const { update } = oldest;
    const { loss, gradientNorm } = await oldest.result;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      throw new DivergedError(
        `update ${update}: loss ${loss}, gradient norm ${gradientNorm}; lower the learning rate or start from an earlier checkpoint`,
      );
    }
    const now = performance.now();
    onStep({
      step: update,
      epoch: Math.floor((update - 1) / batches.batchesPerEpoch),
      loss,
      learningRate: schedules.main(update - 1),
      gradientNorm,
      imagesPerSecond: (1000 * batchSize) / (now - last),
      seconds: (now - start) / 1000,
    });
    last = now;
  };

  let made = from;
  while (made < steps && !signal?.aborted) {
    const rates = { main: schedules.main(made), lif: schedules.lif(made) };
    queued.push({ update: made + 1, result: step.run(await batches.at(made), made + 1, rates) });
    made += 1;
    const saving = save !== undefined && made < steps && made % saveEvery === 0;
    while (queued.length >= (saving ? 1 : inFlight)) await finish();
    if (saving) await save(made);
  }
  while (queued.length > 0) await finish();
  return made;
}
