/** What becomes of a key of the authors' configuration (`config.py` of their code). */
export type AuthorsKey =
  /** It is a field of ours, by dotted name; `convert` gives our value. */
  | { readonly to: string; readonly convert?: (value: unknown) => unknown }
  /** It may only have one of these values, because nothing else is implemented. */
  | { readonly only: readonly unknown[] }
  /** It has no meaning here. */
  | { readonly ignored: true };

const to = (field: string, convert?: (value: unknown) => unknown): AuthorsKey =>
  convert ? { to: field, convert } : { to: field };
const only = (...values: readonly unknown[]): AuthorsKey => ({ only: values });
const ignored: AuthorsKey = { ignored: true };

/** Their 0 accumulation steps mean 1. */
const atLeastOne = (value: unknown): unknown => (value === 0 ? 1 : value);
const element =
  (index: number) =>
  (value: unknown): unknown =>
    Array.isArray(value) ? value[index] : value;
const emptyIsAbsent = (value: unknown): unknown => (value === "" || value === null ? undefined : value);

/** Every key of their configuration; a key that is no row here is unknown. */
export const authorsKeys: Readonly<Record<string, readonly AuthorsKey[]>> = {
  "DATA.BATCH_SIZE": [to("recipe.batchSize")],
  "DATA.DATA_PATH": [to("data", emptyIsAbsent)],
  "DATA.DATASET": [only("imagenet")],
  "DATA.IMG_SIZE": [to("model.imageSize")],
  "DATA.INTERPOLATION": [only("bicubic")],
  "DATA.ZIP_MODE": [ignored],
  "DATA.CACHE_MODE": [ignored],
  "DATA.PIN_MEMORY": [ignored],
  "DATA.NUM_WORKERS": [ignored],
  "MODEL.TYPE": [only("snnmlp")],
  "MODEL.NAME": [to("model.name")],
  "MODEL.RESUME": [only("")],
  "MODEL.NUM_CLASSES": [to("model.numClasses")],
  "MODEL.DROP_RATE": [only(0)],
  "MODEL.DROP_PATH_RATE": [to("model.dropPath")],
  "MODEL.LABEL_SMOOTHING": [to("recipe.labelSmoothing")],
  "MODEL.SNNMLP.PATCH_SIZE": [to("model.patchSize")],
  "MODEL.SNNMLP.IN_CHANS": [to("model.inChannels")],
  "MODEL.SNNMLP.EMBED_DIM": [to("model.embedDim")],
  "MODEL.SNNMLP.DEPTHS": [to("model.depths")],
  "MODEL.SNNMLP.MLP_RATIO": [to("model.mlpRatio")],
  "MODEL.SNNMLP.PATCH_NORM": [only(true)],
  "TRAIN.START_EPOCH": [only(0)],
  "TRAIN.EPOCHS": [to("recipe.epochs")],
  "TRAIN.WARMUP_EPOCHS": [to("recipe.warmupEpochs")],
  "TRAIN.WEIGHT_DECAY": [to("recipe.weightDecay")],
  "TRAIN.BASE_LR": [to("recipe.learningRate")],
  "TRAIN.WARMUP_LR": [to("recipe.warmupLearningRate")],
  "TRAIN.MIN_LR": [to("recipe.minLearningRate")],
  "TRAIN.LIF_LR": [to("recipe.lifLearningRate")],
  "TRAIN.LIF_WEIGHT_DECAY": [to("recipe.lifWeightDecay")],
  "TRAIN.CLIP_GRAD": [to("recipe.clip")],
  "TRAIN.AUTO_RESUME": [ignored],
  "TRAIN.ACCUMULATION_STEPS": [to("recipe.accumulationSteps", atLeastOne)],
  "TRAIN.USE_CHECKPOINT": [to("checkpointActivations")],
  "TRAIN.LR_SCHEDULER.NAME": [to("recipe.scheduler")],
  "TRAIN.LR_SCHEDULER.DECAY_EPOCHS": [to("recipe.decayEpochs")],
  "TRAIN.LR_SCHEDULER.DECAY_RATE": [to("recipe.decayRate")],
  "TRAIN.OPTIMIZER.NAME": [only("adamw")],
  "TRAIN.OPTIMIZER.EPS": [to("recipe.eps")],
  "TRAIN.OPTIMIZER.BETAS": [to("recipe.beta1", element(0)), to("recipe.beta2", element(1))],
  "TRAIN.OPTIMIZER.MOMENTUM": [ignored],
  "AUG.COLOR_JITTER": [to("recipe.augment.colorJitter")],
  "AUG.AUTO_AUGMENT": [to("recipe.augment.autoAugment")],
  "AUG.REPROB": [to("recipe.augment.reprob")],
  "AUG.REMODE": [to("recipe.augment.remode")],
  "AUG.RECOUNT": [to("recipe.augment.recount")],
  "AUG.MIXUP": [to("recipe.mixing.mixup")],
  "AUG.CUTMIX": [to("recipe.mixing.cutmix")],
  "AUG.CUTMIX_MINMAX": [only(null)],
  "AUG.MIXUP_PROB": [to("recipe.mixing.probability")],
  "AUG.MIXUP_SWITCH_PROB": [to("recipe.mixing.switchProbability")],
  "AUG.MIXUP_MODE": [only("batch")],
  "TEST.CROP": [only(true)],
  AMP_OPT_LEVEL: [ignored],
  OUTPUT: [to("out", emptyIsAbsent)],
  TAG: [ignored],
  SAVE_FREQ: [ignored],
  PRINT_FREQ: [ignored],
  SEED: [to("recipe.seed")],
  EVAL_MODE: [ignored],
  THROUGHPUT_MODE: [ignored],
  LOCAL_RANK: [ignored],
  LIF: [to("model.lifGroup")],
  LIF_STARTEPOCH: [to("recipe.lifStartEpoch")],
  LIF_FIX_TAU: [to("recipe.fixedTau")],
  LIF_FIX_VTH: [to("recipe.fixedVth")],
  LIF_INIT_TAU: [to("model.tau")],
  LIF_INIT_VTH: [to("model.vth")],
};
