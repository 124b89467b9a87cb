/** Updates that a rate is taken over: several results may arrive at once, because several updates are queued. */
const window = 10;

/** Images per second over the last updates. */
export class RecentRate {
  /** When each of the last updates was done, in ms, and before them when the first of them began. */
  #times = [performance.now()];

  /** @param images of an update */
  constructor(private readonly images: number) {}

  /** Forgets the updates so far, once what came between (evaluation, checkpoint) is done. */
  restart(): void {
    this.#times = [performance.now()];
  }

  /** Counts an update that is done now. @returns images per second */
  add(now = performance.now()): number {
    this.#times.push(now);
    if (this.#times.length > window + 1) this.#times.shift();
    const [first = now] = this.#times;
    return (1000 * this.images * (this.#times.length - 1)) / (now - first);
  }
}
