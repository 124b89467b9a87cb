import type { Batch, Waits } from "../batches.js";
import type { Dataset } from "../dataset.js";
import type { BadImages } from "./bad-images.js";
import { BatchLoader, type LoaderOptions } from "./batch-loader.js";

/**
 * Every image of a set once, in order, prepared ahead by worker threads. The last batch is filled up with zeros; unusable
 * images are left out of theirs. Walking to the end, or out of the loop, ends the workers; it can be walked once.
 */
export class EvaluationBatches implements AsyncIterable<Batch> {
  /** Images in all, usable or not. */
  readonly images: number;
  readonly #batches: number;
  readonly #loader: BatchLoader;

  constructor(set: Dataset, options: LoaderOptions) {
    const { batchSize } = options;
    this.images = set.count;
    this.#batches = Math.ceil(set.count / batchSize);
    this.#loader = new BatchLoader(set, options, (n) => {
      const first = n * batchSize;
      const count = Math.min(batchSize, set.count - first);
      return count > 0 ? { indices: Uint32Array.from({ length: count }, (_, i) => first + i), epoch: 0 } : undefined;
    });
  }

  /** Walks over the batches. @throws DatasetError when too many images are unusable */
  async *[Symbol.asyncIterator](): AsyncGenerator<Batch> {
    try {
      for (let n = 0; n < this.#batches; n++) yield await this.#loader.take(n);
    } finally {
      await this.#loader.close();
    }
  }

  /** Who waited for whom so far. */
  get waits(): Waits {
    return this.#loader.waits;
  }

  /** The images that turned out to be unusable so far. */
  get badImages(): BadImages {
    return this.#loader.badImages;
  }
}
