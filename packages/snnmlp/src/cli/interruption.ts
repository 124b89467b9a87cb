import { Interrupted } from "../train/train-into.js";
import { printNote } from "./output.js";

/** Looks out for the first Ctrl-C; the second one ends the process at once, as it does without. */
export class Interruption {
  readonly #stop = new AbortController();
  readonly #onInterrupt = (): void => {
    printNote("finishing the update, then a checkpoint; press Ctrl-C again to stop at once");
    this.#stop.abort();
  };

  constructor() {
    process.once("SIGINT", this.#onInterrupt);
  }

  /** Aborted by Ctrl-C. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** For the time before the first update. @throws Interrupted */
  check(): void {
    if (this.signal.aborted) throw new Interrupted("stopped before the first update; nothing was written", 0);
  }

  /** What `work` gives, or undefined where Ctrl-C ended it by the signal. */
  async unlessStopped<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    try {
      return await work(this.signal);
    } catch (error) {
      if (this.signal.aborted && error === this.signal.reason) return undefined;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#onInterrupt);
  }
}
