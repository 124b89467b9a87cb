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

  read(): Waits {
    const now = performance.now();
    const idle = this.#idleSince === undefined ? 0 : now - this.#idleSince;
    return {
      forData: this.#forData / 1000,
      forConsumer: (this.#forConsumer + idle) / 1000,
      seconds: this.#start === undefined ? 0 : (now - this.#start) / 1000,
    };
  }
}
