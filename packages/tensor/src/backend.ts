import type { Launch, Profile } from "@snnmlp/kernels-wgsl";
import type { ArrayOf, DType, Values } from "./dtype.js";
import type { Clock, DispatchTiming } from "./gpu/profile.js";

/** Memory owned by a backend. */
export interface Buffer {
  /** Bytes it occupies on the device. */
  readonly bytes: number;
}

/** A window of a buffer: `length` elements of `dtype` from element `offset`. */
export interface Binding {
  readonly buffer: Buffer;
  readonly dtype: DType;
  readonly offset: number;
  readonly length: number;
}

/** What an adapter can do, for choosing kernels and for naming limits before the driver does. */
export interface Capabilities {
  /** As the driver names itself. */
  readonly name: string;
  readonly profile: Profile;
  /** Whether the arithmetic runs on the CPU. */
  readonly software: boolean;
  readonly f16: boolean;
  readonly subgroups: boolean;
  readonly timestamps: boolean;
  /** Largest single tensor, bytes. */
  readonly maxBindingBytes: number;
  /** Largest single allocation, bytes. */
  readonly maxBufferBytes: number;
}

/** What a Program prepares once and replays: see `program/`. */
export interface Replay {
  /** Runs every step in order; returns after they are queued. */
  run(): void;
  /** Gives back what it prepared; it cannot run afterwards. */
  release(): void;
}

/** One step of a Program. */
export type Step =
  | { readonly kind: "launch"; readonly op: string; readonly launch: Launch; readonly bindings: readonly Binding[] }
  | { readonly kind: "copy"; readonly op: string; readonly from: Binding; readonly to: Binding };

/** The other side of the seam: a GPU through WebGPU, or the float64 oracle. */
export interface Backend {
  readonly capabilities: Capabilities;
  /** Bytes one element of `dtype` takes here. */
  bytesPerElement(dtype: DType): number;
  /** Byte alignment of a window inside a buffer. */
  readonly alignment: number;
  /** Memory for one tensor, with whatever was in it before. */
  allocate(op: string, bytes: number): Buffer;
  /** Memory of exactly this size that is not pooled: a Program's arena, a slab of parameters. */
  reserve(op: string, bytes: number): Buffer;
  /** Takes memory back, for reuse or for the driver. */
  release(buffer: Buffer): void;
  /** Queues one launch; `bindings` in the shader's order. `op` names it in errors and profiles. */
  launch(op: string, launch: Launch, bindings: readonly Binding[]): void;
  /** Queues a copy between windows of equal length and dtype. */
  copy(op: string, from: Binding, to: Binding): void;
  /** Writes host values, after everything queued before. */
  upload(to: Binding, values: Values): void;
  /** Reads values back, after everything queued before. @throws DeviceError for what failed until then */
  download<D extends DType>(from: Binding, dtype: D): Promise<ArrayOf[D]>;
  /** `download` without rounding: the oracle's values are float64. */
  downloadExact(from: Binding): Promise<Float64Array>;
  /** Compiles every pipeline and binds every buffer of a Program's steps. @throws DeviceError */
  prepare(steps: readonly Step[]): Promise<Replay>;
  /** Times every dispatch from now until the returned function is called. Absent where there is nothing to time. */
  startTiming?(clock: Clock): () => Promise<readonly DispatchTiming[]>;
  /** Resolves when everything queued so far has finished. */
  idle(): Promise<void>;
  /** Waits for the work in flight and gives everything back to the driver. */
  close(): Promise<void>;
}

/** Counters a user can print; bytes and buffers are live now, the rest are totals since the device was opened. */
export interface Stats {
  liveBytes: number;
  peakBytes: number;
  liveBuffers: number;
  liveTensors: number;
  /** Bytes of freed buffers held for reuse. */
  pooledBytes: number;
  pipelines: number;
  dispatches: number;
  submits: number;
  /** ms spent tracing functions and planning their memory. */
  traceMs: number;
  /** ms spent compiling a Program's pipelines and making its bind groups. */
  compileMs: number;
  /** ms the host spent encoding Programs, and submitting. */
  hostMs: number;
}
