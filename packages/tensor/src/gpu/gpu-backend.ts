import type { Launch } from "@snnmlp/kernels-wgsl";
import type { Backend, Binding, Buffer, Capabilities, Replay, Stats, Step } from "../backend.js";
import { type ArrayOf, bytesPerElement, type DType, decode, encode, type Values } from "../dtype.js";
import { BindGroups } from "./bind-groups.js";
import { BufferPool, type GpuBuffer } from "./buffer-pool.js";
import { Commands } from "./commands.js";
import { Failures } from "./failures.js";
import { Pipelines } from "./pipelines.js";
import { type Clock, type DispatchTimer, type DispatchTiming, startTimer } from "./profile.js";
import { prepareReplay } from "./replay.js";
import { Staging } from "./staging.js";
import { Uniforms } from "./uniforms.js";

/** Dispatches encoded before they are submitted; keeps the GPU fed and the driver's watchdog quiet. */
const dispatchesPerSubmit = 256;
const maxUniformBlocks = 65_536;

/** Runs launches on a WebGPU device: encodes them into an open command encoder and submits in batches. */
export class GpuBackend implements Backend {
  readonly alignment = 256;
  private readonly pool: BufferPool;
  private readonly pipelines: Pipelines;
  private readonly uniforms: Uniforms;
  private readonly bindGroups: BindGroups;
  private readonly staging: Staging;
  private readonly failures: Failures;
  private commands: Commands;
  private timer: DispatchTimer | undefined;
  private pending = 0;
  private readonly reads = new Set<Promise<unknown>>();

  constructor(
    readonly gpu: GPUDevice,
    readonly capabilities: Capabilities,
    private readonly stats: Stats,
  ) {
    this.pool = new BufferPool(gpu, stats, capabilities.maxBufferBytes);
    this.pipelines = new Pipelines(gpu, stats);
    this.uniforms = new Uniforms(gpu);
    this.bindGroups = new BindGroups(gpu, this.uniforms);
    this.staging = new Staging(gpu);
    this.failures = new Failures(gpu, capabilities.software);
    this.commands = new Commands(gpu);
    this.pool.onDestroy = () => this.bindGroups.clear();
  }

  bytesPerElement(dtype: DType): number {
    return bytesPerElement[dtype];
  }

  allocate(op: string, bytes: number): GpuBuffer {
    this.failures.rethrow();
    return this.pool.take(op, bytes);
  }

  reserve(op: string, bytes: number): GpuBuffer {
    this.failures.rethrow();
    return this.pool.reserve(op, bytes);
  }

  release(buffer: Buffer): void {
    const mine = buffer as GpuBuffer;
    // An unsubmitted command may still name a buffer that is about to be destroyed.
    if (!mine.pooled) this.flush();
    this.pool.release(mine);
  }

  launch(op: string, launch: Launch, bindings: readonly Binding[]): void {
    this.failures.rethrow();
    this.failures.lastOp = op;
    const pipeline = this.pipelines.get(launch.kernel);
    this.failures.rethrow();
    const group = this.bindGroups.get(launch, pipeline.layout, bindings);
    const pass = this.commands.pass(op, launch);
    pass.setPipeline(pipeline.gpu);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...launch.grid);
    this.stats.dispatches += 1;
    this.pending += 1;
    if (this.pending >= dispatchesPerSubmit) this.flush();
  }

  copy(_op: string, from: Binding, to: Binding): void {
    this.failures.rethrow();
    const size = bytesPerElement[to.dtype];
    const source = from.buffer as GpuBuffer;
    const target = to.buffer as GpuBuffer;
    const bytes = Math.ceil((from.length * size) / 4) * 4;
    this.commands
      .outsidePasses()
      .copyBufferToBuffer(source.gpu, from.offset * size, target.gpu, to.offset * size, bytes);
    this.pending += 1;
  }

  upload(to: Binding, values: Values): void {
    this.failures.rethrow();
    // queue.writeBuffer overtakes commands that are encoded but not submitted.
    this.flush();
    const bytes = encode(to.dtype, values);
    const padded = bytes.byteLength % 4 === 0 ? bytes : new Uint8Array([...bytes, 0, 0]);
    const { gpu } = to.buffer as GpuBuffer;
    const offset = to.offset * bytesPerElement[to.dtype];
    if (this.timer) {
      const kept = padded.slice();
      this.timer.enqueue(() => this.gpu.queue.writeBuffer(gpu, offset, kept));
    } else {
      this.gpu.queue.writeBuffer(gpu, offset, padded);
    }
  }

  async download<D extends DType>(from: Binding, dtype: D): Promise<ArrayOf[D]> {
    this.failures.rethrow();
    const size = bytesPerElement[dtype];
    const bytes = Math.ceil((from.length * size) / 4) * 4;
    const slot = this.staging.take(bytes);
    const { gpu } = from.buffer as GpuBuffer;
    this.commands.outsidePasses().copyBufferToBuffer(gpu, from.offset * size, slot, 0, bytes);
    this.flush();
    const copied = await this.failures.guard(this.copied(slot, bytes), "reading a tensor");
    return decode(dtype, copied, from.length);
  }

  /** The bytes of a staging buffer once the queue has filled it; `close` waits for it. */
  private copied(slot: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    const { timer } = this;
    const read = timer ? timer.drain().then(() => this.staging.read(slot, bytes)) : this.staging.read(slot, bytes);
    this.reads.add(read);
    return read.finally(() => this.reads.delete(read));
  }

  async downloadExact(from: Binding): Promise<Float64Array> {
    return Float64Array.from(await this.download(from, from.dtype));
  }

  async prepare(steps: readonly Step[]): Promise<Replay> {
    const kernels = steps.flatMap((step) => (step.kind === "launch" ? [step.launch.kernel] : []));
    await this.failures.guard(this.pipelines.getAll(kernels), "compiling kernels");
    return prepareReplay(this.gpu, this.pipelines, this.stats, steps, {
      open: () => {
        this.failures.rethrow();
        this.flush();
        return this.commands;
      },
      submitSoon: () => queueMicrotask(() => this.flush()),
      flush: () => this.flush(),
    });
  }

  startTiming(clock: Clock): () => Promise<readonly DispatchTiming[]> {
    this.flush();
    const timer = startTimer(this.gpu, clock);
    this.timer = timer;
    this.commands = new Commands(this.gpu, timer);
    return async () => {
      this.flush();
      this.timer = undefined;
      this.commands = new Commands(this.gpu);
      return this.failures.guard(timer.finish(), "timing dispatches");
    };
  }

  async idle(): Promise<void> {
    this.failures.rethrow();
    this.flush();
    await this.timer?.drain();
    await this.failures.guard(this.gpu.queue.onSubmittedWorkDone(), "waiting for the GPU");
  }

  async close(): Promise<void> {
    if (this.failures.closed) return;
    // A failure was already thrown where it mattered; closing only has to let go of everything.
    if (!this.failures.failed) this.flush();
    this.failures.closed = true;
    await this.gpu.queue.onSubmittedWorkDone().catch(() => undefined);
    await Promise.allSettled(this.reads);
    this.pool.trim();
    this.uniforms.clear();
    this.staging.clear();
    this.gpu.destroy();
  }

  private flush(): void {
    const begin = performance.now();
    if (!this.commands.submit()) return;
    this.stats.hostMs += performance.now() - begin;
    this.pending = 0;
    this.stats.submits += 1;
    if (this.uniforms.count > maxUniformBlocks) {
      this.uniforms.clear();
      this.bindGroups.clear();
    }
  }
}
