import type { ImageSet } from "./image-set.js";

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

/**
 * Mean and standard deviation of a set's own pixels, to four digits, and the padding that makes its images `imageSize`
 * wide: for MNIST and 32 pixels 0.1307, 0.3081 and 2.
 */
export function preprocessingOf({ images, width }: ImageSet, imageSize: number): Preprocessing {
  const histogram = new Float64Array(256);
  for (const byte of images) histogram[byte] = (histogram[byte] ?? 0) + 1;
  let sum = 0;
  let squares = 0;
  histogram.forEach((count, byte) => {
    sum += (count * byte) / 255;
    squares += count * (byte / 255) ** 2;
  });
  const mean = sum / images.length;
  const std = Math.sqrt(Math.max(0, squares / images.length - mean ** 2));
  const digits = (value: number): number => Math.round(value * 1e4) / 1e4;
  return { mean: [digits(mean)], std: [Math.max(1e-4, digits(std))], padding: (imageSize - width) / 2 };
}
