import type { Launch, Profile } from "@snnmlp/kernels-wgsl";
import type { Backend, Binding, Capabilities, Stats } from "./backend.js";
import type { ArrayOf, DType, Values } from "./dtype.js";
import { DeviceError, LimitError, ShapeError, TraceError } from "./errors.js";
import type { Tape } from "./op.js";
import { Scope } from "./scope.js";
import { type Shape, show, sizeOf, validateShape } from "./shape.js";
import { Storage } from "./storage.js";
import { Tensor } from "./tensor.js";

/** Takes launches and copies instead of the backend while a function is being traced into a Program. */
export interface Recorder {
  allocate(op: string, dtype: DType, elements: number): Storage;
  launch(op: string, launch: Launch, tensors: readonly Tensor[]): void;
  copy(op: string, from: Tensor, to: Tensor): void;
  place(op: string, from: Tensor, into: Tensor): void;
}

/**
 * Where tensors live and ops run. One backend stands behind it: a GPU, or the float64 oracle. Opened by `openDevice()`
 * or `openOracle()`, ended by `close()`; a process that is done exits by itself even without `close()`.
 */
export class Device {
  /** Tapes that record ops, outermost first; installed by `@snnmlp/autograd`. */
  readonly tapes: Tape[] = [];
  recorder: Recorder | undefined;
  private scope: Scope | undefined;

  constructor(
    readonly backend: Backend,
    /** Live and total counters; see `Stats`. */
    readonly stats: Stats,
  ) {}

  get capabilities(): Capabilities {
    return this.backend.capabilities;
  }

  get profile(): Profile {
    return this.backend.capabilities.profile;
  }

  /** A tensor whose values are not set yet, for an op to fill. */
  empty<const S extends Shape, D extends DType>(op: string, shape: S, dtype: D): Tensor<S, D> {
    this.check(op, shape, dtype);
    const elements = sizeOf(shape);
    const storage = this.recorder?.allocate(op, dtype, elements) ?? this.allocate(op, dtype, elements);
    return new Tensor(this, shape, dtype, op, storage, 0);
  }

  /** A tensor filled from the host, now: inside a traced function it becomes a constant of the Program. */
  constant<const S extends Shape, D extends DType>(op: string, shape: S, dtype: D, values: Values): Tensor<S, D> {
    this.check(op, shape, dtype);
    const made = new Tensor(this, shape, dtype, op, this.allocate(op, dtype, sizeOf(shape)), 0);
    this.backend.upload(bindingOf(made), values);
    return made;
  }

  private check(op: string, shape: Shape, dtype: DType): void {
    validateShape(op, shape);
    if (dtype === "f16" && !this.capabilities.f16) {
      throw new DeviceError("validation", `${op}: ${this.capabilities.name} has no shader-f16; use f32`);
    }
  }

  /** Memory of its own for one tensor. @throws LimitError above the adapter's largest binding */
  allocate(op: string, dtype: DType, elements: number): Storage {
    const bytes = elements * this.backend.bytesPerElement(dtype);
    this.checkBinding(op, bytes);
    const buffer = this.backend.allocate(op, bytes);
    const onFree = () => this.backend.release(buffer);
    return new Storage(op, dtype, elements, { buffer, offset: 0 }, onFree);
  }

  /** Runs one launch over tensors, in the shader's binding order. The only way from an op to the backend. */
  launch(op: string, launch: Launch, tensors: readonly Tensor[]): void {
    for (const tape of this.tapes) tape.launched?.(tensors, launch.kernel.access);
    if (this.recorder) this.recorder.launch(op, launch, tensors);
    else this.backend.launch(op, launch, tensors.map(bindingOf));
  }

  /** Copies all values of one tensor into another of the same dtype and size. */
  copy(op: string, from: Tensor, to: Tensor): void {
    if (from.dtype !== to.dtype || from.size !== to.size) {
      throw new ShapeError(op, `cannot copy ${from.dtype} ${show(from.shape)} into ${to.dtype} ${show(to.shape)}`);
    }
    if (this.recorder) this.recorder.copy(op, from, to);
    else this.backend.copy(op, bindingOf(from), bindingOf(to));
  }

  /**
   * Puts the values of a tensor nobody else writes into the memory of `into`. Eagerly that is a copy; a Program makes
   * the op that computes `from` write there in the first place, when nothing stands against it.
   */
  place(op: string, from: Tensor, into: Tensor): void {
    if (this.recorder) this.recorder.place(op, from, into);
    else this.copy(op, from, into);
  }

  /** See `Tensor.read`. */
  read<D extends DType>(tensor: Tensor<Shape, D>): Promise<ArrayOf[D]> {
    // Thrown and not rejected: a traced function cannot wait for a promise.
    this.refuseInTrace("read", tensor);
    return this.download(tensor);
  }

  private async download<D extends DType>(tensor: Tensor<Shape, D>): Promise<ArrayOf[D]> {
    return this.backend.download(bindingOf(tensor), tensor.dtype);
  }

  /** `read` as float64: exact on the oracle, widened elsewhere. For checking. */
  async readExact(tensor: Tensor): Promise<Float64Array> {
    this.refuseInTrace("read", tensor);
    return this.backend.downloadExact(bindingOf(tensor));
  }

  /** See `Tensor.write`. */
  write(tensor: Tensor, values: Values): void {
    if (values.length !== tensor.size) {
      throw new ShapeError("write", `${show(tensor.shape)} holds ${tensor.size} values, got ${values.length}`);
    }
    this.refuseInTrace("write", tensor);
    this.backend.upload(bindingOf(tensor), values);
  }

  /** The scope new tensors go to. */
  get innermostScope(): Scope | undefined {
    return this.scope;
  }

  /** Opens a scope inside the current one; users write `scope(device)`. */
  enter(): Scope {
    this.scope = new Scope(this, this.scope);
    return this.scope;
  }

  /** Makes `outer` the current scope again. @throws DeviceError unless `scope` is the innermost */
  leave(scope: Scope, outer: Scope | undefined): void {
    if (this.scope !== scope) {
      throw new DeviceError("validation", "scopes must end in the reverse order of their opening");
    }
    this.scope = outer;
  }

  /** Called by every new tensor. */
  adopt(tensor: Tensor): void {
    this.stats.liveTensors += 1;
    this.scope?.adopt(tensor);
  }

  /** Resolves when everything launched so far has finished. */
  idle(): Promise<void> {
    return this.backend.idle();
  }

  /** Waits for the work in flight and gives everything back to the driver. Later use throws. */
  close(): Promise<void> {
    return this.backend.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @throws LimitError when a tensor of this many bytes is more than the adapter can bind */
  checkBinding(op: string, bytes: number): void {
    const { maxBindingBytes } = this.capabilities;
    if (bytes > maxBindingBytes) {
      const fix = "use a smaller batch, or split the tensor";
      throw new LimitError(
        op,
        "the adapter's largest binding in bytes (maxStorageBufferBindingSize)",
        bytes,
        maxBindingBytes,
        fix,
      );
    }
  }

  private refuseInTrace(what: string, tensor: Tensor): void {
    if (!this.recorder) return;
    throw new TraceError(
      `a traced function cannot ${what} ${tensor.toString()}: values are not known while tracing; return the tensor and ${what} it after run()`,
    );
  }
}

/** The window of device memory a tensor's values lie in. */
export function bindingOf(tensor: Tensor): Binding {
  const { window } = tensor.storage;
  if (!window) {
    throw new TraceError(
      `${tensor.toString()} was made inside a traced function and has no memory outside it; return it`,
    );
  }
  return { buffer: window.buffer, dtype: tensor.dtype, offset: window.offset + tensor.offset, length: tensor.size };
}

/** Fresh counters. */
export const newStats = (): Stats => ({
  liveBytes: 0,
  peakBytes: 0,
  liveBuffers: 0,
  liveTensors: 0,
  pooledBytes: 0,
  pipelines: 0,
  dispatches: 0,
  submits: 0,
  traceMs: 0,
  compileMs: 0,
  hostMs: 0,
});
