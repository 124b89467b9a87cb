import type { ArrayOf, Backend, Binding, Buffer, Capabilities, DType, Replay, Step, Values } from "@snnmlp/tensor";

type Launch = Parameters<Backend["launch"]>[1];

/** How far one kernel's result lay from its float64 reference over the same inputs. */
export interface KernelCheck {
  /** Folder, variant and constants. */
  readonly kernel: string;
  /** The op that launched it. */
  readonly op: string;
  /** Largest |GPU - reference| over the largest |reference| of the same output. */
  readonly error: number;
}

/** One launch, with the values of its buffers on the device before and after. */
interface Recorded {
  readonly op: string;
  readonly launch: Launch;
  readonly bindings: readonly Binding[];
  readonly before: Promise<Float64Array[]>;
  readonly after: Promise<Float64Array[]>;
}

/**
 * A backend that runs everything on another one and holds every launch against its reference over the same inputs, which
 * are read back before the launch, as its outputs are after it. For small tensors only.
 */
export class CheckingBackend implements Backend {
  /** Launches, and buffers that were filled by something else. */
  private readonly recorded: (Recorded | Buffer)[] = [];

  constructor(private readonly inner: Backend) {}

  launch(op: string, launch: Launch, bindings: readonly Binding[]): void {
    const values = (): Promise<Float64Array[]> =>
      Promise.all(bindings.map((binding) => this.inner.downloadExact(binding)));
    const before = values();
    this.inner.launch(op, launch, bindings);
    this.recorded.push({ op, launch, bindings, before, after: values() });
  }

  /**
   * The largest error of each kernel launched so far, in the order of their first launch.
   *
   * How a sum is split into partial sums is a kernel's own business, so an output that differs is not wrong yet: what
   * reads it is computed from the reference's values, and if that agrees, so did the whole.
   */
  async results(): Promise<KernelCheck[]> {
    const checks = new Map<string, KernelCheck>();
    const note = (check: KernelCheck): void => {
      if (check.error >= (checks.get(check.kernel)?.error ?? 0)) checks.set(check.kernel, check);
    };
    const open = new Map<Buffer, { readonly values: Float64Array; readonly check: KernelCheck }>();
    /** What lay in a buffer is gone; if it still differs from the reference's, nothing has excused it. */
    const close = (buffer: Buffer): void => {
      const unexcused = open.get(buffer);
      if (unexcused) note(unexcused.check);
      open.delete(buffer);
    };
    for (const event of this.recorded.splice(0)) {
      if (!("launch" in event)) {
        close(event);
        continue;
      }
      const { op, launch, bindings, before, after } = event;
      const actual = await after;
      const expected = (await before).map((values, i) => {
        const buffer = bindings[i]?.buffer;
        const differing = buffer && launch.kernel.access[i] === "read" ? open.get(buffer) : undefined;
        return differing?.values.length === values.length ? differing.values : values;
      });
      launch.reference(...expected);
      const check = { kernel: launch.kernel.key, op, error: 0 };
      let agrees = true;
      for (const [i, { buffer }] of bindings.entries()) {
        if (launch.kernel.access[i] === "read") continue;
        const values = expected[i] ?? nothing;
        const error = distance(actual[i] ?? nothing, values);
        close(buffer);
        if (error <= differs) {
          check.error = Math.max(check.error, error);
          continue;
        }
        agrees = false;
        open.set(buffer, { values, check: { ...check, error } });
      }
      const excused = agrees ? bindings.filter((_, i) => launch.kernel.access[i] === "read") : [];
      for (const { buffer } of excused) {
        const partial = open.get(buffer);
        if (partial) note({ ...partial.check, error: check.error });
        open.delete(buffer);
      }
      note(check);
    }
    for (const buffer of [...open.keys()]) close(buffer);
    return [...checks.values()];
  }

  get capabilities(): Capabilities {
    return this.inner.capabilities;
  }

  get alignment(): number {
    return this.inner.alignment;
  }

  bytesPerElement(dtype: DType): number {
    return this.inner.bytesPerElement(dtype);
  }

  /** Fills new memory with NaN, lest what an earlier tensor left there passes for a result. */
  allocate(op: string, bytes: number): Buffer {
    const buffer = this.inner.allocate(op, bytes);
    const length = Math.floor(bytes / this.inner.bytesPerElement("f32"));
    this.upload({ buffer, dtype: "f32", offset: 0, length }, new Float32Array(length).fill(Number.NaN));
    return buffer;
  }

  reserve(op: string, bytes: number): Buffer {
    return this.inner.reserve(op, bytes);
  }

  release(buffer: Buffer): void {
    this.inner.release(buffer);
  }

  copy(op: string, from: Binding, to: Binding): void {
    this.recorded.push(to.buffer);
    this.inner.copy(op, from, to);
  }

  upload(to: Binding, values: Values): void {
    this.recorded.push(to.buffer);
    this.inner.upload(to, values);
  }

  download<D extends DType>(from: Binding, dtype: D): Promise<ArrayOf[D]> {
    return this.inner.download(from, dtype);
  }

  downloadExact(from: Binding): Promise<Float64Array> {
    return this.inner.downloadExact(from);
  }

  prepare(steps: readonly Step[]): Promise<Replay> {
    return this.inner.prepare(steps);
  }

  idle(): Promise<void> {
    return this.inner.idle();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** Beyond what rounding explains. */
const differs = 1e-2;

const nothing = new Float64Array();

/** Over the largest value. What a launch leaves alone is NaN before and after: several launches may fill one tensor. */
function distance(actual: Float64Array, expected: Float64Array): number {
  let furthest = 0;
  let scale = 0;
  for (const [i, value] of expected.entries()) {
    const got = actual[i] ?? Number.NaN;
    if (Number.isNaN(value) && Number.isNaN(got)) continue;
    const error = Math.abs(got - value);
    if (Number.isNaN(error)) return Number.POSITIVE_INFINITY;
    furthest = Math.max(furthest, error);
    scale = Math.max(scale, Math.abs(value));
  }
  return furthest === 0 ? 0 : furthest / Math.max(scale, Number.MIN_VALUE);
}
