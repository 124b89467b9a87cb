import type { Waits } from "../batches.js";

/** Measures who waits for whom between a loader and its consumer. */
export class WaitClock {
  #start: number | undefined;
  #forData = 0;
  #forConsumer = 0;
  #busy = 0;
  #idleSince: number | undefined;
  #until = 0;

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
    this.#until = performance.now();
    if (this.#busy === 0) this.#idleSince = this.#until;
  }

  /** Awaits a batch for the consumer. */
  async waiting<T>(batch: Promise<T>): Promise<T> {
    const from = performance.now();
    try {
      return await batch;
    } finally {
      this.#until = performance.now();
      this.#forData += this.#until - from;
    }
  }

  /** From the first work to the last, or to whoever waited for it; idle time after the last counts for nothing, as nobody asks any more. */
  read(): Waits {
    return {
      forData: this.#forData / 1000,
      forConsumer: this.#forConsumer / 1000,
      seconds: this.#start === undefined ? 0 : (this.#until - this.#start) / 1000,
    };
  }
}
