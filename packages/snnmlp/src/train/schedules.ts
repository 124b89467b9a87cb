import { oneCycle, type Schedule, warmupCosine, warmupStep } from "../schedule.js";
import { RecipeError, type RunSettings } from "./recipe.js";

/** A run's length and rates. Updates are counted from 0. */
export interface RunSchedules {
  /** Updates in all. */
  readonly updates: number;
  /** Epochs that they reach into. */
  readonly epochs: number;
  /** Learning rates of the main parameters, and of tau and Vth. */
  readonly main: Schedule;
  readonly lif: Schedule;
  /** First update in which tau and Vth learn. */
  readonly firstLifUpdate: number;
  /** The epoch in which an update ends. */
  readonly epochOf: (update: number) => number;
}

/** Images an update that unscaled rates are meant for. */
const referenceBatch = 512;

/**
 * The schedules of a run on a set of `batchesPerEpoch` batches.
 *
 * Of `cosine` and `step` the warm-up is cut out of the time, and the first two updates both run at time 0: the authors step
 * their schedule after each update, with its number counted from 0. An update of n batches runs at the rates that it would
 * have on n GPUs, so accumulation is the large batch in this, too. `one-cycle` counts updates.
 *
 * @throws RecipeError when the epochs hold no whole update
 */
export function schedulesOf(settings: RunSettings, batchesPerEpoch: number): RunSchedules {
  const { epochs, steps, accumulationSteps: n, lifStartEpoch } = settings;
  const batches = epochs === undefined ? (steps ?? 0) * n : epochs * batchesPerEpoch;
  const updates = Math.floor(batches / n);
  if (updates === 0) {
    throw new RecipeError(
      `${epochs} epochs of ${batchesPerEpoch} batches hold no update of ${n} batches; train for more epochs, or lower --accumulation-steps or --batch-size`,
    );
  }
  const scale = settings.linearScaling ? (settings.batchSize * n) / referenceBatch : 1;
  const shape = (base: number): Schedule => scheduleOf(settings, { base, scale, batches, updates, batchesPerEpoch });
  const epochOf = (update: number): number => Math.floor((update * n + n - 1) / batchesPerEpoch);
  return {
    updates,
    epochs: epochOf(updates - 1) + 1,
    main: shape(scale * settings.learningRate),
    lif: shape(settings.lifLearningRate),
    firstLifUpdate: Math.max(0, Math.ceil(((lifStartEpoch + 1) * batchesPerEpoch - n + 1) / n)),
    epochOf,
  };
}

function scheduleOf(
  settings: RunSettings,
  run: { base: number; scale: number; batches: number; updates: number; batchesPerEpoch: number },
): Schedule {
  const { base, scale, batches, updates, batchesPerEpoch } = run;
  if (settings.scheduler === "one-cycle") return oneCycle({ max: base, steps: updates });
  const warmup = scale * settings.warmupLearningRate;
  const warmupSteps = Math.floor(settings.warmupEpochs * batchesPerEpoch);
  const byBatch =
    settings.scheduler === "cosine"
      ? warmupCosine({ base, warmup, min: scale * settings.minLearningRate, warmupSteps, steps: batches })
      : warmupStep({
          base,
          warmup,
          warmupSteps,
          decaySteps: Math.max(1, Math.floor(settings.decayEpochs * batchesPerEpoch)),
          decayRate: settings.decayRate,
        });
  return (update) => byBatch(Math.max(0, update - 1) * settings.accumulationSteps);
}
