import type { Launch } from "@snnmlp/kernels-wgsl";
import type { Backend, Binding, Buffer, Capabilities, Replay, Stats, Step } from "../backend.js";
import { type ArrayOf, type DType, fromNumbers, type Values } from "../dtype.js";

interface OracleBuffer extends Buffer {
  readonly values: Float64Array;
}

/** Every launch by its float64 reference, on the CPU: slow, simple, and what the kernels are checked against. */
export class OracleBackend implements Backend {
  readonly capabilities: Capabilities = {
    name: "float64 oracle",
    profile: { kernels: "naive", kind: "gpu" },
    software: true,
    f16: true,
    subgroups: false,
    timestamps: false,
    maxBindingBytes: 2 ** 34,
    maxBufferBytes: 2 ** 34,
  };
  constructor(private readonly stats: Stats) {}

  readonly alignment = 8;

  bytesPerElement(): number {
    return 8;
  }

  allocate(_op: string, bytes: number): OracleBuffer {
    const buffer = { bytes, values: new Float64Array(bytes / 8).fill(Number.NaN) };
    this.stats.liveBytes += buffer.bytes;
    this.stats.liveBuffers += 1;
    this.stats.peakBytes = Math.max(this.stats.peakBytes, this.stats.liveBytes);
    return buffer;
  }

  reserve(op: string, bytes: number): OracleBuffer {
    return this.allocate(op, bytes);
  }

  release(buffer: Buffer): void {
    this.stats.liveBytes -= buffer.bytes;
    this.stats.liveBuffers -= 1;
  }

  launch(_op: string, launch: Launch, bindings: readonly Binding[]): void {
    launch.reference(...bindings.map(valuesOf));
    this.stats.dispatches += 1;
  }

  copy(_op: string, from: Binding, to: Binding): void {
    valuesOf(to).set(valuesOf(from));
  }

  upload(to: Binding, values: Values): void {
    valuesOf(to).set(values);
  }

  async download<D extends DType>(from: Binding, dtype: D): Promise<ArrayOf[D]> {
    return fromNumbers(dtype, valuesOf(from));
  }

  async downloadExact(from: Binding): Promise<Float64Array> {
    return valuesOf(from).slice();
  }

  async prepare(steps: readonly Step[]): Promise<Replay> {
    return {
      run: () => {
        for (const step of steps) {
          if (step.kind === "copy") this.copy(step.op, step.from, step.to);
          else this.launch(step.op, step.launch, step.bindings);
        }
      },
      release: () => undefined,
    };
  }

  async idle(): Promise<void> {}

  async close(): Promise<void> {}
}

function valuesOf(binding: Binding): Float64Array {
  const { values } = binding.buffer as OracleBuffer;
  return values.subarray(binding.offset, binding.offset + binding.length);
}
