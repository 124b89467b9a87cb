import type { Launch } from "@snnmlp/kernels-wgsl";

/** How long one dispatch took. */
export interface DispatchTiming {
  readonly op: string;
  readonly launch: Launch;
  /** ms since the first dispatch began. */
  readonly start: number;
  /** ms from its begin to its end, with the barriers before it. */
  readonly duration: number;
}

/** `gpu`: timestamps written by the GPU. `wall`: each dispatch is submitted alone and waited for. */
export type Clock = "gpu" | "wall";

/** Times dispatches, each in a compute pass of its own. */
export interface DispatchTimer {
  /** Whether each pass is to be submitted alone, through `enqueue`. */
  readonly alone: boolean;
  /** The pass for the next dispatch. */
  passFor(op: string, launch: Launch): GPUComputePassDescriptor;
  /** Takes something for the GPU that has to wait for its turn: `drain` hands it over. */
  enqueue(work: () => void): void;
  /** Hands over what was enqueued, in order. */
  drain(): Promise<void>;
  /** The timings of all dispatches so far, when they are done. */
  finish(): Promise<DispatchTiming[]>;
}

interface Dispatch {
  readonly op: string;
  readonly launch: Launch;
}

/** @param clock `gpu` needs the adapter's `timestamp-query` */
export const startTimer = (device: GPUDevice, clock: Clock): DispatchTimer =>
  clock === "gpu" ? new TimestampTimer(device) : new WallTimer(device);

const dispatchesPerSet = 2048; // WebGPU allows 4096 queries in a set
const usage = { resolve: 0x200 | 0x4, read: 0x1 | 0x8 }; // QUERY_RESOLVE | COPY_SRC, MAP_READ | COPY_DST

class TimestampTimer implements DispatchTimer {
  readonly alone = false;
  private readonly dispatches: Dispatch[] = [];
  private readonly sets: GPUQuerySet[] = [];

  constructor(private readonly device: GPUDevice) {}

  passFor(op: string, launch: Launch): GPUComputePassDescriptor {
    const index = this.dispatches.length % dispatchesPerSet;
    if (index === 0) this.sets.push(this.device.createQuerySet({ type: "timestamp", count: 2 * dispatchesPerSet }));
    this.dispatches.push({ op, launch });
    const querySet = this.sets.at(-1);
    if (!querySet) throw new Error("internal: a timer has no query set");
    return {
      timestampWrites: { querySet, beginningOfPassWriteIndex: 2 * index, endOfPassWriteIndex: 2 * index + 1 },
    };
  }

  enqueue(work: () => void): void {
    work();
  }

  async drain(): Promise<void> {}

  async finish(): Promise<DispatchTiming[]> {
    const times = (await Promise.all(this.sets.map((set) => this.read(set)))).flatMap((each) => [...each]);
    const origin = times[0] ?? 0n;
    const ms = (time: bigint | undefined): number => Number((time ?? origin) - origin) / 1e6;
    return this.dispatches.map(({ op, launch }, i) => {
      const start = ms(times[2 * i]);
      return { op, launch, start, duration: ms(times[2 * i + 1]) - start };
    });
  }

  /** The timestamps of a set, in ns; those that were never written are 0. */
  private async read(set: GPUQuerySet): Promise<BigUint64Array> {
    const size = 8 * set.count;
    const resolved = this.device.createBuffer({ label: "timestamps", size, usage: usage.resolve });
    const staging = this.device.createBuffer({ label: "timestamps", size, usage: usage.read });
    const encoder = this.device.createCommandEncoder();
    encoder.resolveQuerySet(set, 0, set.count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    this.device.queue.submit([encoder.finish()]);
    await staging.mapAsync(0x1);
    const times = new BigUint64Array(staging.getMappedRange().slice(0));
    staging.unmap();
    for (const made of [set, resolved, staging]) made.destroy();
    return times;
  }
}

class WallTimer implements DispatchTimer {
  readonly alone = true;
  private readonly waiting: { work: () => void; dispatch: Dispatch | undefined }[] = [];
  private readonly timings: DispatchTiming[] = [];
  private dispatch: Dispatch | undefined;
  private origin: number | undefined;
  private draining = Promise.resolve();

  constructor(private readonly device: GPUDevice) {}

  passFor(op: string, launch: Launch): GPUComputePassDescriptor {
    this.dispatch = { op, launch };
    return {};
  }

  enqueue(work: () => void): void {
    this.waiting.push({ work, dispatch: this.dispatch });
    this.dispatch = undefined;
  }

  drain(): Promise<void> {
    this.draining = this.draining.then(() => this.oneByOne());
    return this.draining;
  }

  async finish(): Promise<DispatchTiming[]> {
    await this.drain();
    return this.timings;
  }

  private async oneByOne(): Promise<void> {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      const begin = performance.now();
      next.work();
      if (!next.dispatch) continue;
      await this.device.queue.onSubmittedWorkDone();
      this.origin ??= begin;
      this.timings.push({ ...next.dispatch, start: begin - this.origin, duration: performance.now() - begin });
    }
  }
}
