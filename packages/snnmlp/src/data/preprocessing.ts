import type { SnnmlpConfig } from "../config.js";
import type { Dataset } from "./dataset.js";

/** How bytes become a model's input: `padding` pixels of 0 on every side, then `(byte / 255 - mean) / std` per channel. */
export interface Preprocessing {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly padding: number;
}

/** What the released ImageNet checkpoints were trained with. */
export const imagenetPreprocessing: Preprocessing = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  padding: 0,
};

/** ImageNet's statistics averaged over the channels, for models that see images in grey. */
const grey = { mean: [0.449], std: [0.226] };

/**
 * How a model's input is made of a set's images: with the statistics of the set, or ImageNet's; and with padding where the
 * set's images are all alike and at most a quarter of `imageSize` too small: for MNIST and 32 pixels 0.1307, 0.3081 and 2.
 */
export function preprocessingOf(
  { statistics, imageSize: images }: Pick<Dataset, "statistics" | "imageSize">,
  { imageSize, inChannels }: Pick<SnnmlpConfig, "imageSize" | "inChannels">,
): Preprocessing {
  const missing = images ? imageSize - Math.max(images.width, images.height) : 0;
  const padding = missing > 0 && missing % 2 === 0 && 4 * missing <= imageSize ? missing / 2 : 0;
  if (statistics) {
    const perChannel = (value: number): number[] => new Array<number>(inChannels).fill(value);
    return { mean: perChannel(statistics.mean), std: perChannel(statistics.std), padding };
  }
  return inChannels === 1 ? { ...grey, padding } : { ...imagenetPreprocessing, padding };
}
