/** Longest nap between two looks, in ms: what a wait may be longer than the work. */
const nap = 0.25;

/** Waits shorter than this are not slept through, in ms. */
const short = 0.5;

const cell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Waits for the GPU without taking a core from it. Dawn's Node binding looks for finished work at every turn of the event
 * loop, and keeps the loop turning until there is some: on an adapter that computes on the CPU, that is a core less to
 * compute with. So each turn of a wait naps a little; on a GPU nobody is in the way, and nothing is done.
 */
export class QuietWait {
  private waiting = 0;
  private since = 0;

  /** @param software whether the adapter computes on the CPU */
  constructor(private readonly software: boolean) {}

  async until<T>(work: Promise<T>): Promise<T> {
    if (!this.software) return work;
    this.waiting += 1;
    if (this.waiting === 1) {
      this.since = performance.now();
      this.turn();
    }
    try {
      return await work;
    } finally {
      this.waiting -= 1;
    }
  }

  private turn(): void {
    setImmediate(() => {
      if (this.waiting === 0) return;
      if (performance.now() - this.since > short) Atomics.wait(cell, 0, 0, nap);
      this.turn();
    }).unref();
  }
}
