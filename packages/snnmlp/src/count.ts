import { type SnnmlpConfig, stagesOf } from "./config.js";
import type { ModelName } from "./models.js";
import { parameterShapes } from "./parameters.js";

/** Number of learned scalars of a model. */
export function parameterCount(config: SnnmlpConfig): number {
  return parameterShapes(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/**
 * Multiply-accumulates of one image by the rule of the authors' `flops()`, the "FLOPs" of the paper's table.
 *
 * It counts a norm and a sum as one per element, leaves out LIF, GELU and the residual sums, and takes the last norm over
 * `8C * (H/P)*(W/P) / 2^stages` elements, four times as many as there are at four stages.
 */
export function authorsMacs(config: SnnmlpConfig): number {
  const { patchSize, inChannels, embedDim, numClasses, mlpRatio } = config;
  const stages = stagesOf(config);
  const patches = (config.imageSize / patchSize) ** 2;
  const features = embedDim * 2 ** (stages.length - 1);
  let macs = patches * embedDim * (inChannels * patchSize ** 2 + 1);
  stages.forEach(({ dim, size, depth }, stage) => {
    const pixels = size ** 2;
    const lifModule = pixels * (4 * dim ** 2 + 9 * dim + 4 * dim);
    const mlp = 2 * pixels * dim ** 2 * mlpRatio;
    macs += depth * (2 * pixels * dim + lifModule + mlp);
    if (stage < stages.length - 1) macs += pixels * dim + (pixels / 4) * 8 * dim ** 2;
  });
  return macs + Math.floor((features * patches) / 2 ** stages.length) + features * numClasses;
}

/** Multiply-accumulates of one image, by the kind of work. */
export interface ExactMacs {
  /** Patch embedding, 1x1 convolutions, patch mergings, MLPs. */
  readonly convolution: number;
  /** Depthwise 3x3, nine taps a pixel; taps that fall on the zero padding are counted as every dense counter does. */
  readonly depthwise: number;
  /** The classifier head. */
  readonly linear: number;
  /** Two an element: the square that goes into the variance, and the affine map. */
  readonly norm: number;
  /** `tau * o + x`, one for each position of a whole group and each axis; tails and identity LIFs have none. */
  readonly lif: number;
  readonly total: number;
}

/**
 * Multiply-accumulates one image really takes.
 *
 * Biases ride on the accumulators; GELU, residual sums and pooling have no multiply-accumulate and are not counted.
 */
export function exactMacs(config: SnnmlpConfig): ExactMacs {
  const { patchSize, inChannels, embedDim, numClasses, mlpRatio, lifGroup, output } = config;
  const stages = stagesOf(config);
  const patches = (config.imageSize / patchSize) ** 2;
  let convolution = patches * embedDim * inChannels * patchSize ** 2;
  let depthwise = 0;
  let norm = 2 * patches * embedDim;
  let lif = 0;
  stages.forEach(({ dim, size, depth }, stage) => {
    const pixels = size ** 2;
    convolution += depth * pixels * dim ** 2 * (4 + 2 * mlpRatio);
    depthwise += depth * pixels * dim * 9;
    norm += depth * 5 * 2 * pixels * dim;
    lif += depth * 2 * dim * size * integrated(size, lifGroup, output);
    if (stage === stages.length - 1) return;
    convolution += (pixels / 4) * 8 * dim ** 2;
    norm += 2 * pixels * dim;
  });
  const last = stages.at(-1) ?? { dim: 0, size: 0 };
  norm += 2 * last.size ** 2 * last.dim;
  const linear = last.dim * numClasses;
  return { convolution, depthwise, linear, norm, lif, total: convolution + depthwise + linear + norm + lif };
}

/** Positions of a line of `length` that a LIF integrates: whole groups, and with spike output a shorter last one. */
function integrated(length: number, group: number, output: SnnmlpConfig["output"]): number {
  if (group === -1) return 0;
  return output === "spike" ? length : length - (length % group);
}

/** What the paper publishes of its three models: parameters, and MACs by `authorsMacs`. */
export const published: Readonly<Partial<Record<ModelName, { readonly parameters: number; readonly macs: number }>>> = {
  tiny: { parameters: 28_335_736, macs: 4_372_853_760 },
  small: { parameters: 49_703_080, macs: 8_548_199_424 },
  base: { parameters: 87_897_288, macs: 15_174_045_696 },
};
