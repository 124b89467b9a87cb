import type { SnnmlpConfig } from "../config.js";
import type { Preprocessing } from "../data/preprocessing.js";
import { randomStream } from "../random.js";

/** Noise in the shape of a batch, the same every time: for measuring, where the pixels do not matter. */
export function randomBatch(config: SnnmlpConfig, batchSize: number) {
  const { imageSize, inChannels, numClasses } = config;
  const random = randomStream(1, "batch");
  const preprocessing: Preprocessing = {
    mean: new Array<number>(inChannels).fill(0.5),
    std: new Array<number>(inChannels).fill(0.25),
    padding: 0,
  };
  return {
    images: Uint8Array.from({ length: batchSize * imageSize ** 2 * inChannels }, () => 256 * random()),
    labels: Int32Array.from({ length: batchSize }, () => numClasses * random()),
    preprocessing,
  };
}
