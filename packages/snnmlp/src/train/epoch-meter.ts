import type { StepMetrics } from "../report/metrics.js";

/** What an epoch came to. */
export interface EpochSummary {
  /** Updates made by its end. */
  readonly step: number;
  /** Counted from 0. */
  readonly epoch: number;
  /** Mean over its updates. */
  readonly trainLoss: number;
  readonly imagesPerSecond: number;
  /** Of its updates, without evaluation and checkpoints. */
  readonly seconds: number;
  /** How long of that the loop waited for a batch, and how long for the GPU. */
  readonly waitedForData: number;
  readonly waitedForGpu: number;
  /** Updates left out because loss or gradient was not finite. */
  readonly skipped: number;
}

/** Adds up an epoch. Times are in milliseconds of `performance.now()`. */
export class EpochMeter {
  #start = performance.now();
  #losses = 0;
  #updates = 0;
  #skipped = 0;
  #images = 0;
  #data = 0;
  #gpu = 0;

  /** Begins another epoch, once what came after the last one (evaluation, checkpoint) is done. */
  restart(): void {
    this.#start = performance.now();
    [this.#losses, this.#updates, this.#skipped, this.#images, this.#data, this.#gpu] = [0, 0, 0, 0, 0, 0];
  }

  /** Counts an update. */
  add({ loss }: Pick<StepMetrics, "loss">, images: number): void {
    this.#images += images;
    this.#updates += 1;
    this.#losses += loss;
  }

  /** Counts an update that was left out. */
  skip(images: number): void {
    this.#images += images;
    this.#skipped += 1;
  }

  /** Waits for a batch, or the GPU, and counts the time. */
  async wait<T>(what: "data" | "gpu", promise: Promise<T>): Promise<T> {
    const start = performance.now();
    const value = await promise;
    const waited = performance.now() - start;
    if (what === "data") this.#data += waited;
    else this.#gpu += waited;
    return value;
  }

  /** The sums so far. */
  summary(step: number, epoch: number): EpochSummary {
    const seconds = (performance.now() - this.#start) / 1000;
    return {
      step,
      epoch,
      trainLoss: this.#losses / this.#updates,
      imagesPerSecond: this.#images / seconds,
      seconds,
      waitedForData: this.#data / 1000,
      waitedForGpu: this.#gpu / 1000,
      skipped: this.#skipped,
    };
  }
}
