import { parseConfig, type SnnmlpConfig } from "./config.js";

const digits = { imageSize: 32, inChannels: 1, numClasses: 10, embedDim: 32, depths: [1, 1, 2, 1] };

/** Every named model's config. */
export const models = {
  /** SNN-MLP-T of the paper: 28.3 M parameters, 81.9 % top-1 on ImageNet. */
  tiny: parseConfig({ imageSize: 224, embedDim: 96, depths: [2, 2, 6, 2], dropPath: 0.2 }),
  /** SNN-MLP-S of the paper: 49.7 M parameters, 83.3 % top-1 on ImageNet. */
  small: parseConfig({ imageSize: 224, embedDim: 96, depths: [2, 2, 18, 2], dropPath: 0.3 }),
  /** SNN-MLP-B of the paper: 87.9 M parameters, 83.6 % top-1 on ImageNet. */
  base: parseConfig({ imageSize: 224, embedDim: 128, depths: [2, 2, 18, 2], dropPath: 0.5 }),
  /** The smallest useful model, for 28x28 greyscale images padded to 32x32: stages of 8, 4, 2 and 1 pixels. */
  pico: parseConfig({ ...digits, patchSize: 4 }),
  /** `pico` with patches of 2 pixels: stages of 16, 8, 4 and 2 pixels. */
  nano: parseConfig({ ...digits, patchSize: 2 }),
} as const satisfies Readonly<Record<string, SnnmlpConfig>>;

/** A name in `models`. */
export type ModelName = keyof typeof models;

/** The names in `models`, smallest first. */
export const modelNames: readonly ModelName[] = ["pico", "nano", "tiny", "small", "base"];

/** Whether `name` names a model. */
export const isModelName = (name: string): name is ModelName => Object.hasOwn(models, name);
