import type { Device } from "@snnmlp/tensor";
import { SNNMLP, type SnnmlpConfigInput, TrainingStep, type TrainingStepOptions } from "snnmlp";
import { noise } from "../kernels/run-launch.js";

/** Every kind of layer in little: two stages, a block with drop path, LIF groups with tails along both axes. */
export const smallConfig = {
  imageSize: 28,
  patchSize: 2,
  inChannels: 1,
  numClasses: 10,
  embedDim: 8,
  depths: [1, 2],
} as const satisfies SnnmlpConfigInput;

const batchSize = 4;

/** A model and its training step on images of noise; `update(i)` runs update number i, from 1. */
export async function smallTraining(
  device: Device,
  options: Partial<TrainingStepOptions> & { readonly dropPath?: number } = {},
) {
  const { dropPath = 0, ...others } = options;
  const model = new SNNMLP(device, { ...smallConfig, dropPath }, { seed: 1 });
  const step = await TrainingStep.create(model, {
    batchSize,
    preprocessing: { mean: [0.4], std: [0.3], padding: 0 },
    clip: 1,
    weightDecay: 0.05,
    seed: 7,
    ...others,
  });
  const update = (number: number) => {
    const images = Uint8Array.from(noise(batchSize * 28 * 28, number), (x) => 127 * (x + 1));
    const labels = Int32Array.from({ length: batchSize }, (_, i) => (3 * i + number) % 10);
    return step.run({ images, labels }, number, { main: 1e-2, lif: 1e-3 });
  };
  return { model, step, update };
}
