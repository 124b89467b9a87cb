import type { Waits } from "../batches.js";

/** Measures who waits for whom between a loader and its consumer. */
export class WaitClock {
  #start: number | undefined;
  #forData = 0;
  #forConsumer = 0;
  #busy = 0;
  #idleSince: number | undefined;

  /** Work on a batch begins. */
  begin(): void {
    const now = performance.now();
    this.#start ??= now;
    if (this.#idleSince !== undefined) this.#forConsumer += now - this.#idleSince;
    this.#idleSince = undefined;
    this.#busy += 1;
  }

  /** Work on a batch has ended. */
  end(): void {
    this.#busy -= 1;
    if (this.#busy === 0) this.#idleSince = performance.now();
  }

  /** Awaits a batch for the consumer. */
  async waiting<T>(batch: Promise<T>): Promise<T> {
    const from = performance.now();
    try {
      return await batch;
    } finally {
      this.#forData += performance.now() - from;
    }
  }

  /** Since the first work began; idle time after the last counts for nothing, as nobody asks any more. */
  read(): Waits {
    const until = this.#idleSince ?? performance.now();
    return {
      forData: this.#forData / 1000,
      forConsumer: this.#forConsumer / 1000,
      seconds: this.#start === undefined ? 0 : (until - this.#start) / 1000,
    };
  }
}
