import { availableParallelism } from "node:os";
import type { Batch, Waits } from "../batches.js";
import type { Dataset } from "../dataset.js";
import type { Preparation } from "../prepare.js";
import { BadImages, defaultBadImages } from "./bad-images.js";
import { WaitClock } from "./wait-clock.js";
import { startWorkers, type Workers } from "./workers.js";

/** How batches are made. */
export interface LoaderOptions {
  readonly batchSize: number;
  readonly preparation: Preparation;
  /**
   * Threads that decode and prepare; 0 does it in the calling one. By default one per core, and 0 where nothing is to be
   * decoded or augmented. The batches are the same. sharp decodes on libuv's threads, of which there are 4 unless
   * UV_THREADPOOL_SIZE says otherwise when Node starts (the command `snnmlp` sets it).
   */
  readonly workers?: number;
  /** Batches prepared ahead of the one asked for; default 3. */
  readonly prefetch?: number;
  /** Unusable images that are tolerated; by default a tenth of the set, at least 10 and at most 100. */
  readonly maxBadImages?: number;
  /** Called for each unusable image with its name and what is wrong. */
  readonly onBadImage?: (name: string, reason: string) => void;
}

/** Which images a batch holds, before any of them is looked at. */
export interface BatchPlan {
  readonly indices: Uint32Array<ArrayBuffer>;
  readonly epoch: number;
}

/** Images in a job: few, so that the workers end a batch together. */
const imagesPerJob = 8;

interface Raw {
  readonly batch: Batch;
  readonly failures: readonly { readonly index: number; readonly reason: string }[];
}

/** Makes planned batches, some of them ahead of time. What a batch holds depends on its plan alone. */
export class BatchLoader {
  readonly badImages: BadImages;
  readonly #workers: Workers;
  readonly #prefetch: number;
  readonly #clock = new WaitClock();
  readonly #ahead = new Map<number, Promise<Raw>>();

  /** @param plan what batch n holds, or undefined past the last one */
  constructor(
    private readonly set: Dataset,
    private readonly options: LoaderOptions,
    private readonly plan: (n: number) => BatchPlan | undefined,
  ) {
    const { preparation, prefetch = 3, maxBadImages = defaultBadImages(set.count), onBadImage } = options;
    this.badImages = new BadImages(set, maxBadImages, onBadImage);
    this.#workers = startWorkers(options.workers ?? usualWorkers(set, preparation), preparation);
    this.#prefetch = prefetch;
  }

  /** Batch n, without an image where none of its can be used; those after it are begun. @throws DatasetError when too many cannot */
  async take(n: number): Promise<Batch> {
    for (const other of this.#ahead.keys()) if (other < n || other > n + this.#prefetch) this.#ahead.delete(other);
    for (let next = n; next <= n + this.#prefetch; next++) this.#begin(next);
    const raw = this.#ahead.get(n);
    if (!raw) throw new RangeError(`there is no batch ${n}`);
    this.#ahead.delete(n);
    const { batch, failures } = await this.#clock.waiting(raw);
    for (const { index, reason } of failures) this.badImages.add(index, reason);
    return batch;
  }

  #begin(n: number): void {
    const plan = this.#ahead.has(n) ? undefined : this.plan(n);
    if (!plan) return;
    this.#clock.begin();
    const raw = this.#make(plan).finally(() => this.#clock.end());
    // Whoever takes the batch sees the error; one that nobody takes is no matter.
    raw.catch(() => undefined);
    this.#ahead.set(n, raw);
  }

  async #make({ indices, epoch }: BatchPlan): Promise<Raw> {
    const images = Array.from(indices, (index) => ({
      index,
      name: this.set.nameOf(index),
      sample: this.set.sample(index),
    }));
    const jobs = Array.from({ length: Math.ceil(images.length / imagesPerJob) }, (_, i) =>
      this.#workers.make({ epoch, images: images.slice(i * imagesPerJob, (i + 1) * imagesPerJob) }),
    );
    const results = await Promise.all(jobs);
    const raw = this.#assemble(indices, results);
    for (const result of results) this.#workers.recycle(result);
    return raw;
  }

  /** One batch of the jobs' results: the usable images to the front, zeros after them. */
  #assemble(indices: Uint32Array, results: readonly Awaited<ReturnType<Workers["make"]>>[]): Raw {
    const { batchSize, preparation } = this.options;
    const bytes = preparation.size ** 2 * preparation.channels;
    const images = new Uint8Array(batchSize * bytes);
    const labels = new Int32Array(batchSize);
    const erase = new Int32Array(batchSize * 4);
    const used: number[] = [];
    const failures: { index: number; reason: string }[] = [];
    for (const [job, result] of results.entries()) {
      for (const [i, reason] of result.failures.entries()) {
        const index = indices[job * imagesPerJob + i] ?? 0;
        if (reason !== null) {
          failures.push({ index, reason });
          continue;
        }
        const slot = used.length;
        images.set(result.images.subarray(i * bytes, (i + 1) * bytes), slot * bytes);
        erase.set(result.erase.subarray(4 * i, 4 * i + 4), 4 * slot);
        labels[slot] = this.set.labels[index] ?? 0;
        used.push(index);
      }
    }
    return { batch: { images, labels, erase, indices: Uint32Array.from(used), count: used.length }, failures };
  }

  /** Who waited for whom so far. */
  get waits(): Waits {
    return this.#clock.read();
  }

  /** Ends the workers; batches still in work are lost. */
  async close(): Promise<void> {
    this.#ahead.clear();
    await this.#workers.close();
  }
}

function usualWorkers(set: Dataset, { augment }: Preparation): number {
  return set.imageSize && !augment ? 0 : Math.min(16, availableParallelism());
}
