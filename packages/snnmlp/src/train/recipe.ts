import { z } from "zod";
import { augmentSettings, authorsAugment, noAugment } from "../data/augment/settings.js";
import { isTree, mergeDeep } from "../tree.js";
import { checkMixing } from "./mixing.js";

const count = z.int().positive();
const rate = z.number().positive();
const share = z.number().min(0).max(1);
const beta = z.number().min(0).lt(1);

const mixing = z.strictObject({
  /** Mixup's share of the own image is Beta(mixup, mixup), CutMix's Beta(cutmix, cutmix); 0 turns one off. */
  mixup: z.number().nonnegative(),
  cutmix: z.number().nonnegative(),
  /** Chance that a batch is mixed at all. */
  probability: share,
  /** Chance of CutMix where both are on. */
  switchProbability: share,
});

const fields = z.strictObject({
  /** Passes over the training images; either this or `steps`. */
  epochs: count.optional(),
  /** Updates in all, for runs counted that way. */
  steps: count.optional(),
  /** Images that go through the network together. */
  batchSize: count,
  /** Batches whose mean gradient makes one update. */
  accumulationSteps: count,
  /** How the rates follow the updates: see `schedulesOf`. */
  scheduler: z.enum(["cosine", "step", "one-cycle"]),
  /** Whether `learningRate`, `warmupLearningRate` and `minLearningRate` are meant for 512 images an update, and scaled. */
  linearScaling: z.boolean(),
  /** Highest learning rate of the main parameters. */
  learningRate: rate,
  /** Highest learning rate of tau and Vth, never scaled. */
  lifLearningRate: rate,
  /** Rate of the first update, for both optimisers. */
  warmupLearningRate: z.number().nonnegative(),
  /** Rate that the cosine ends at, for both. */
  minLearningRate: z.number().nonnegative(),
  warmupEpochs: z.number().nonnegative(),
  /** Epochs between two drops of the step schedule, and what each multiplies the rate by. */
  decayEpochs: z.number().positive(),
  decayRate: share,
  /** Decoupled weight decay of the main parameters, biases and norms too. */
  weightDecay: z.number().nonnegative(),
  /** The same for tau and Vth. */
  lifWeightDecay: z.number().nonnegative(),
  beta1: beta,
  beta2: beta,
  eps: rate,
  /** Largest gradient norm over all parameters together; 0 for none. */
  clip: z.number().nonnegative(),
  /** tau and Vth learn only in epochs after this one, counted from 0; -1 lets them learn at once. */
  lifStartEpoch: z.int().min(-1),
  /** Whether tau keeps its first value. */
  fixedTau: z.boolean(),
  /** Whether Vth keeps its first value. */
  fixedVth: z.boolean(),
  /** Decay of the moving average of the parameters by update; 0 keeps none. */
  emaDecay: beta,
  /** What happens to training images, or null for nothing. */
  augment: augmentSettings.nullable(),
  /** How a batch is mixed with its reverse. */
  mixing,
  /** Share of every target that is spread over all classes. */
  labelSmoothing: z.number().min(0).lt(1),
  /** What matrix products round their operands to; parameters, sums and all else are f32. */
  precision: z.enum(["f32", "f16"]).default("f32"),
  /** Of first values, shuffling, augmentation, mixing and drop path. */
  seed: z.int().min(0).max(0xffffffff),
});

/** What determines a training run besides model and data; a checkpoint carries it so that a run can be continued. */
export const runSchema = fields.refine(
  ({ epochs, steps }) => (epochs === undefined) !== (steps === undefined),
  "a run has either epochs or steps: leave one out",
);
/** The settings of a training run, as they lie in a checkpoint. */
export type RunSettings = Readonly<z.output<typeof runSchema>>;

/** The names of the settings; those within a group are dotted. */
export const settingNames: readonly string[] = [
  ...Object.keys(fields.shape),
  ...Object.keys(augmentSettings.shape).map((name) => `augment.${name}`),
  ...Object.keys(mixing.shape).map((name) => `mixing.${name}`),
];

/**
 * The authors' recipe (`main.py`, `config.py` and the launch scripts of their code): batch 128 on each of 8 GPUs, which
 * is 8 batches an update here.
 */
const imagenet: RunSettings = {
  epochs: 300,
  batchSize: 128,
  accumulationSteps: 8,
  scheduler: "cosine",
  linearScaling: true,
  learningRate: 5e-4,
  lifLearningRate: 1e-4,
  warmupLearningRate: 5e-7,
  minLearningRate: 5e-6,
  warmupEpochs: 20,
  decayEpochs: 30,
  decayRate: 0.1,
  weightDecay: 0.05,
  lifWeightDecay: 0,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  clip: 5,
  lifStartEpoch: 0,
  fixedTau: false,
  fixedVth: false,
  emaDecay: 0,
  augment: authorsAugment,
  mixing: { mixup: 0.8, cutmix: 1, probability: 1, switchProbability: 0.5 },
  labelSmoothing: 0.1,
  precision: "f32",
  seed: 0,
};

/** All that the authors do to training images and targets, by setting; and nothing of it. */
export const augmentations = {
  authors: { augment: imagenet.augment, mixing: imagenet.mixing, labelSmoothing: imagenet.labelSmoothing },
  none: { augment: null, mixing: { ...imagenet.mixing, mixup: 0, cutmix: 0 }, labelSmoothing: 0 },
} as const satisfies Readonly<Record<string, Partial<RunSettings>>>;

/** What the quickstart does: on MNIST, `pico` passes 96 % in 300 updates. */
const digits: RunSettings = {
  ...withoutLength(imagenet),
  steps: 300,
  batchSize: 64,
  accumulationSteps: 1,
  scheduler: "one-cycle",
  linearScaling: false,
  learningRate: 2e-3,
  lifStartEpoch: -1,
  ...augmentations.none,
};

/** Whole recipes by name: the authors' for ImageNet, and a short one for small grey images. */
export const recipes = { imagenet, digits } as const satisfies Readonly<Record<string, RunSettings>>;

/** A name in `recipes`. */
export type RecipeName = keyof typeof recipes;

/** The names in `recipes`. */
export const recipeNames: readonly RecipeName[] = ["imagenet", "digits"];

/** What is wrong with one setting, by its dotted name; none where it concerns several. */
export interface RecipeIssue {
  readonly field: string;
  readonly problem: string;
}

/** Settings that cannot be used, with the field in the message. */
export class RecipeError extends Error {
  override readonly name = "RecipeError";

  constructor(
    message: string,
    readonly issues: readonly RecipeIssue[] = [],
  ) {
    super(message);
  }
}

/**
 * A recipe with some settings changed. `epochs` takes the place of `steps` and the other way round, and a batch size
 * without accumulation steps is the whole batch of an update. Groups are changed field by field, too.
 *
 * @throws RecipeError naming every wrong field, what was expected and what was found; ConfigError for an odd batch to mix
 */
export function withSettings(base: RunSettings, changes: Readonly<Record<string, unknown>>): RunSettings {
  const whole = changes.batchSize !== undefined && changes.accumulationSteps === undefined;
  const length = changes.epochs !== undefined || changes.steps !== undefined;
  const from = {
    ...(length ? withoutLength(base) : base),
    ...(whole && { accumulationSteps: 1 }),
    ...(isTree(changes.augment) && { augment: base.augment ?? noAugment }),
  };
  const parsed = runSchema.safeParse(mergeDeep(from, changes));
  if (parsed.success) {
    const { augment, batchSize } = parsed.data;
    checkMixing(parsed.data.mixing, batchSize);
    const nothing = JSON.stringify(augment) === JSON.stringify(noAugment);
    return nothing ? { ...parsed.data, augment: null } : parsed.data;
  }
  const issues = parsed.error.issues.map(({ path, message }) => ({ field: path.join("."), problem: message }));
  const told = issues.map(({ field, problem }) => `${field || "settings"}: ${problem}`);
  throw new RecipeError(`the recipe cannot be used: ${told.join("; ")}`, issues);
}

function withoutLength({
  epochs: _epochs,
  steps: _steps,
  ...others
}: RunSettings): Omit<RunSettings, "epochs" | "steps"> {
  return others;
}
