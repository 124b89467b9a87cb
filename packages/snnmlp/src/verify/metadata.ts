import { z } from "zod";
import { surrogates } from "../config.js";

const rate = z.number().nonnegative();

/** How a recorded training run was made; names as in the file. */
export const recipeSchema = z.strictObject({
  base_lr: rate,
  /** Of the LIF scalars' own AdamW. */
  lif_lr: rate,
  warmup_steps: z.int().nonnegative(),
  warmup_lr: rate,
  min_lr: rate,
  steps: z.int().positive(),
  /** Largest gradient norm over all parameters together. */
  clip: z.number().positive(),
  weight_decay: rate,
});
/** The optimiser and schedule of recorded updates, from a fixture's metadata. */
export type Recipe = Readonly<z.output<typeof recipeSchema>>;

/**
 * Errors of PyTorch's own f32 arithmetic against float64: of the logits the largest absolute one, of the gradients the
 * largest over all tensors of |difference| / |gradient| in Euclidean norm.
 */
export const torchErrorSchema = z.object({
  logits: z.number().positive().optional(),
  grad: z.number().positive().optional(),
});

/** One LIF layer: the axis it runs along, its numbers, and how its threshold is differentiated. */
export const lifSchema = z.strictObject({
  layout: z.literal("NCHW"),
  shape: z.array(z.int().positive()).length(4),
  group: z.int().refine((group) => group === -1 || group >= 1, "expected -1 or a whole number from 1"),
  tau: z.number(),
  vth: z.number(),
  axis: z.enum(["H", "W"]),
  surrogate: z.enum(surrogates).default("none"),
  alpha: z.number().positive().default(1),
  output: z.enum(["membrane", "spike"]).default("membrane"),
});
/** One LIF case's axis, group, scalars and surrogate, from a fixture's metadata. */
export type LifSettings = Readonly<z.output<typeof lifSchema>>;
