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
  release(buffer: Buffer): void;
  launch(op: string, launch: Launch, bindings: readonly Binding[]): void;
  copy(op: string, from: Binding, to: Binding): void;
  upload(to: Binding, values: Values): void;
  download<D extends DType>(from: Binding, dtype: D): Promise<ArrayOf[D]>;
  /** `download` without rounding: the oracle's values are float64. */
  downloadExact(from: Binding): Promise<Float64Array>;
  prepare(steps: readonly Step[]): Promise<Replay>;
  /** Times every dispatch from now until the returned function is called. Absent where there is nothing to time. */
  startTiming?(clock: Clock): () => Promise<readonly DispatchTiming[]>;
  /** Resolves when everything queued so far has finished. */
  idle(): Promise<void>;
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
  /** ms the host spent encoding and submitting Programs. */
  hostMs: number;
}
