import { compile, type Shape, type Tensor } from "@snnmlp/tensor";
import type { Batch } from "../data/batches.js";
import type { Preprocessing } from "../data/preprocessing.js";
import { ImageInput } from "../model/image-input.js";
import type { SNNMLP } from "../model/snnmlp.js";

/** A model's forward pass as one Program for batches of a fixed size. */
export class Classifier {
  private constructor(
    private readonly model: SNNMLP,
    readonly batchSize: number,
    private readonly images: ImageInput,
    private readonly run: () => Tensor<Shape, "f32">,
    private readonly free: () => void,
  ) {}

  /** @param parameters others than the model's own, of the same names and shapes, as their moving average */
  static async create(
    model: SNNMLP,
    batchSize: number,
    preprocessing: Preprocessing,
    parameters: SNNMLP["parameters"] = model.parameters,
  ): Promise<Classifier> {
    const images = new ImageInput(model, batchSize, preprocessing);
    const program = await compile(model.device, { bytes: images.bytes }, () => ({
      logits: model.forward(images.activations(), { parameters }),
    }));
    const free = () => {
      program.dispose();
      images.dispose();
    };
    return new Classifier(model, batchSize, images, () => program.run().logits, free);
  }

  /**
   * Class scores of a batch.
   * @param images bytes [batchSize, imageSize, imageSize, inChannels]
   * @returns logits [batchSize, numClasses], row-major
   */
  async logits(images: Uint8Array): Promise<Float32Array> {
    this.images.write(images);
    return this.run().read();
  }

  get numClasses(): number {
    return this.model.config.numClasses;
  }

  [Symbol.dispose](): void {
    this.free();
  }
}

/** How well a model does on a set. An image whose scores are not finite numbers counts as wrong. */
export interface Evaluation {
  /** Share of images whose class has the largest score, in [0, 1]. */
  readonly top1: number;
  /** Share whose class is among the five largest scores. */
  readonly top5: number;
  /** Mean cross entropy of the images with finite scores; null where there are none. */
  readonly loss: number | null;
  readonly images: number;
  /** How many of them have scores that are not finite numbers. */
  readonly notFinite: number;
  readonly imagesPerSecond: number;
}

/** An image and what a model makes of it. */
export interface JudgedImage {
  /** Which image of the set. */
  readonly index: number;
  /** Its true class. */
  readonly label: number;
  /** The class with the largest score, the first of several; null where the scores are not finite numbers. */
  readonly predicted: number | null;
  /** Class scores [numClasses]; overwritten when the next batch is judged. */
  readonly scores: Float32Array;
  /** Its pixels, as in the batch. */
  readonly pixels: Uint8Array;
}

/**
 * Classifies every image of the batches once.
 *
 * @param onBatch called with the images done so far
 * @param onImage called with every image
 */
export async function evaluate(
  classifier: Classifier,
  batches: AsyncIterable<Batch>,
  onBatch: (done: number) => void = () => undefined,
  onImage: (image: JudgedImage) => void = () => undefined,
): Promise<Evaluation> {
  const { numClasses } = classifier;
  const start = performance.now();
  let [top1, top5, loss, notFinite, done] = [0, 0, 0, 0, 0];
  for await (const { images, labels, indices, count } of batches) {
    const bytesEach = images.length / labels.length;
    const logits = await classifier.logits(images);
    for (let i = 0; i < count; i++) {
      const scores = logits.subarray(i * numClasses, (i + 1) * numClasses);
      const label = labels[i] ?? 0;
      const index = indices[i] ?? 0;
      const pixels = images.subarray(i * bytesEach, (i + 1) * bytesEach);
      if (!scores.every(Number.isFinite)) {
        notFinite += 1;
        onImage({ index, label, predicted: null, scores, pixels });
        continue;
      }
      const own = scores[label] ?? Number.NaN;
      const better = scores.reduce((sum, score, k) => sum + (score > own || (score === own && k < label) ? 1 : 0), 0);
      if (better < 1) top1 += 1;
      if (better < 5) top5 += 1;
      loss += Math.log(softmaxDenominator(scores)) + Math.max(...scores) - own;
      const predicted = scores.indexOf(Math.max(...scores));
      onImage({ index, label, predicted, scores, pixels });
    }
    done += count;
    onBatch(done);
  }
  const seconds = (performance.now() - start) / 1000;
  const meanLoss = done > notFinite ? loss / (done - notFinite) : null;
  const shares = { top1: top1 / done, top5: top5 / done };
  return { ...shares, loss: meanLoss, images: done, notFinite, imagesPerSecond: done / seconds };
}

/** Sum of exp(score - largest score). */
export function softmaxDenominator(scores: Float32Array): number {
  const largest = Math.max(...scores);
  return scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
}
