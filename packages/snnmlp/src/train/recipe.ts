import { z } from "zod";
import { oneCycle } from "../schedule.js";
import type { TrainingRun } from "./trainer.js";

/** What determines a training run besides model and data; a checkpoint carries it so that a run can be continued. */
export const runSchema = z.strictObject({
  /** Updates in all. */
  steps: z.int().positive(),
  batchSize: z.int().positive(),
  /** Highest learning rate of the one-cycle schedule, for the main parameters. */
  learningRate: z.number().positive(),
  /** The same for tau and Vth. */
  lifLearningRate: z.number().positive(),
  weightDecay: z.number().nonnegative(),
  /** Largest gradient norm. */
  clip: z.number().positive(),
  seed: z.int().min(0).max(0xffffffff),
});
/** The settings of a training run, as they lie in a checkpoint. Rates are the highest of one cycle. */
export type RunSettings = Readonly<z.output<typeof runSchema>>;

/** What `train` and the quickstart do: on MNIST, `pico` passes 96 % in 300 updates. */
export const defaultRun: RunSettings = {
  steps: 300,
  batchSize: 64,
  learningRate: 2e-3,
  lifLearningRate: 1e-4,
  weightDecay: 0.05,
  clip: 5,
  seed: 0,
};

/** Learning rates by update. */
export function schedulesOf({ steps, learningRate, lifLearningRate }: RunSettings): TrainingRun["schedules"] {
  return { main: oneCycle({ max: learningRate, steps }), lif: oneCycle({ max: lifLearningRate, steps }) };
}
