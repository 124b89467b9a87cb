import { DatasetError } from "../file-error.js";
import type { ImageSet } from "./image-set.js";
import { shuffledOrder } from "./shuffle.js";

/** Some images of a set, on a square of `imageSize` pixels with zeros around them. */
export interface Batch {
  /** Bytes [batchSize, imageSize, imageSize, 1]. */
  readonly images: Uint8Array<ArrayBuffer>;
  /** Classes [batchSize]. */
  readonly labels: Int32Array<ArrayBuffer>;
  /** Which images of the set they are [count]. */
  readonly indices: Uint32Array<ArrayBuffer>;
  /** How many of them are real; the rest are zeros that make the last batch of a set as large as the others. */
  readonly count: number;
}

/** An endless sequence of training batches. `at(update)` depends on nothing but its settings and `update`. */
export interface BatchSource {
  readonly batchesPerEpoch: number;
  /** The batch of an update, counted from 0 over all epochs; sources prepare the following ones meanwhile. */
  at(update: number): Promise<Batch>;
}

/**
 * An endless sequence of shuffled batches: `at(step)` depends on the set, seed and step alone, so a resumed run sees what
 * an uninterrupted one would. Every epoch has its own order; the images that do not fill a batch wait for another epoch.
 */
export class BatchStream implements BatchSource {
  readonly batchesPerEpoch: number;
  readonly #set: ImageSet;
  readonly #batchSize: number;
  readonly #imageSize: number;
  readonly #seed: number;
  #epoch = -1;
  #order = new Uint32Array();

  /** @throws DatasetError when the images do not fit, or are fewer than a batch */
  constructor(set: ImageSet, options: { batchSize: number; imageSize: number; seed: number }) {
    checkFit(set, options.imageSize);
    this.batchesPerEpoch = Math.floor(set.count / options.batchSize);
    if (this.batchesPerEpoch === 0) {
      const reason = `${set.count} images do not fill a batch of ${options.batchSize}`;
      throw new DatasetError(set.folder, reason, "choose a smaller batch");
    }
    this.#set = set;
    this.#batchSize = options.batchSize;
    this.#imageSize = options.imageSize;
    this.#seed = options.seed;
  }

  /** The batch of update `step`, counted from 0 over all epochs. */
  async at(step: number): Promise<Batch> {
    const epoch = Math.floor(step / this.batchesPerEpoch);
    if (epoch !== this.#epoch) this.#order = shuffledOrder(this.#set.count, this.#seed, epoch);
    this.#epoch = epoch;
    const first = (step % this.batchesPerEpoch) * this.#batchSize;
    return gather(this.#set, this.#order.slice(first, first + this.#batchSize), this.#batchSize, this.#imageSize);
  }
}

/** Every image of a set once, in order; the last batch is filled up with zeros. */
export async function* inOrder(
  set: ImageSet,
  options: { batchSize: number; imageSize: number },
): AsyncGenerator<Batch> {
  checkFit(set, options.imageSize);
  for (let first = 0; first < set.count; first += options.batchSize) {
    const count = Math.min(options.batchSize, set.count - first);
    const indices = Uint32Array.from({ length: count }, (_, i) => first + i);
    yield gather(set, indices, options.batchSize, options.imageSize);
  }
}

function gather(set: ImageSet, indices: Uint32Array<ArrayBuffer>, batchSize: number, imageSize: number): Batch {
  const { height, width } = set;
  const top = (imageSize - height) / 2;
  const left = (imageSize - width) / 2;
  const images = new Uint8Array(batchSize * imageSize ** 2);
  const labels = new Int32Array(batchSize);
  indices.forEach((index, slot) => {
    labels[slot] = set.labels[index] ?? 0;
    for (let row = 0; row < height; row++) {
      const from = (index * height + row) * width;
      const to = (slot * imageSize + top + row) * imageSize + left;
      images.set(set.images.subarray(from, from + width), to);
    }
  });
  return { images, labels, indices, count: indices.length };
}

function checkFit({ folder, height, width }: ImageSet, imageSize: number): void {
  const fits = (length: number): boolean => length <= imageSize && (imageSize - length) % 2 === 0;
  if (fits(height) && fits(width)) return;
  const reason = `its images of ${height}x${width} cannot stand in the middle of the model's ${imageSize}x${imageSize}`;
  throw new DatasetError(folder, reason, "choose a model with a larger imageSize, different by an even number");
}
