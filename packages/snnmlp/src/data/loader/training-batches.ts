import { DatasetError } from "../../file-error.js";
import type { Batch, BatchSource, Waits } from "../batches.js";
import type { Dataset } from "../dataset.js";
import { shuffledOrder } from "../shuffle.js";
import type { BadImages } from "./bad-images.js";
import { BatchLoader, type BatchPlan, type LoaderOptions } from "./batch-loader.js";

/**
 * An endless sequence of shuffled batches, prepared ahead by worker threads: `at(n)` depends on the set, the options
 * and `n` alone, so a resumed run sees what an uninterrupted one would, with any number of workers. Every epoch has
 * its own order; the images that do not fill a batch wait for another epoch. An unusable image leaves its batch one
 * smaller, always the same one: nothing takes its place.
 */
export class TrainingBatches implements BatchSource {
  readonly batchesPerEpoch: number;
  readonly #set: Dataset;
  readonly #batchSize: number;
  readonly #seed: number;
  readonly #loader: BatchLoader;
  readonly #orders = new Map<number, Uint32Array<ArrayBuffer>>();

  /** @throws DatasetError when the images are fewer than a batch */
  constructor(set: Dataset, options: LoaderOptions & { readonly seed: number }) {
    this.batchesPerEpoch = Math.floor(set.count / options.batchSize);
    if (this.batchesPerEpoch === 0) {
      const reason = `${set.count} images do not fill a batch of ${options.batchSize}`;
      throw new DatasetError(set.folder, reason, "choose a smaller batch");
    }
    this.#set = set;
    this.#batchSize = options.batchSize;
    this.#seed = options.seed;
    this.#loader = new BatchLoader(set, options, (n) => this.#plan(n));
  }

  /**
   * Batch n, counted from 0 over all epochs.
   * @throws DatasetError when too many images are unusable
   */
  at(n: number): Promise<Batch> {
    return this.#loader.take(n);
  }

  #plan(n: number): BatchPlan {
    const epoch = Math.floor(n / this.batchesPerEpoch);
    const first = (n % this.batchesPerEpoch) * this.#batchSize;
    return { indices: this.#order(epoch).slice(first, first + this.#batchSize), epoch };
  }

  #order(epoch: number): Uint32Array<ArrayBuffer> {
    const order = this.#orders.get(epoch) ?? shuffledOrder(this.#set.count, this.#seed, epoch);
    this.#orders.set(epoch, order);
    for (const old of this.#orders.keys()) if (Math.abs(old - epoch) > 1) this.#orders.delete(old);
    return order;
  }

  /** Who waited for whom so far. */
  get waits(): Waits {
    return this.#loader.waits;
  }

  /** The images that turned out to be unusable in the batches taken so far. */
  get badImages(): BadImages {
    return this.#loader.badImages;
  }

  /** Ends the workers. */
  close(): Promise<void> {
    return this.#loader.close();
  }
}
