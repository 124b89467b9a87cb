/** Milliseconds between checkpoints where nothing else is asked for, and the largest share of time they may take. */
const [usualGap, largestShare] = [30_000, 0.05];

/**
 * Decides after which updates a checkpoint is written: every `every` of them, or where that is not given about every half
 * minute, and less often where writing one takes long. When a run is saved changes no bit of it.
 */
export class SaveClock {
  #last: number;
  #gap = usualGap;

  /** @param now the time in ms */
  constructor(
    private readonly every: number | undefined,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#last = now();
  }

  /** Whether a checkpoint is due after this update. */
  due(update: number): boolean {
    return this.every === undefined ? this.now() - this.#last >= this.#gap : update % this.every === 0;
  }

  /** Saves, and takes the time. */
  async save(write: () => Promise<void>): Promise<void> {
    const start = this.now();
    await write();
    this.#last = this.now();
    this.#gap = Math.max(usualGap, (this.#last - start) / largestShare);
  }
}
