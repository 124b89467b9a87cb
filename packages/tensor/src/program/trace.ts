import type { Access, Launch } from "@snnmlp/kernels-wgsl";
import type { Recorder } from "../device.js";
import type { DType } from "../dtype.js";
import { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";

/** A tensor's window as a trace sees it: the storage may not have memory yet. */
export interface Use {
  readonly storage: Storage;
  readonly access: Access;
  readonly dtype: DType;
  /** Elements from the start of the storage. */
  readonly offset: number;
  readonly length: number;
}

/** One recorded step, in the order it was traced. `place` becomes an alias or a copy when memory is planned. */
export type Traced =
  | { readonly kind: "launch"; readonly op: string; readonly launch: Launch; readonly uses: readonly Use[] }
  | { readonly kind: "copy" | "place"; readonly op: string; readonly uses: readonly [from: Use, to: Use] };

/** Records what a function launches. Tensors it makes are virtual until the plan; tensors it captures are retained. */
export class Trace implements Recorder {
  readonly steps: Traced[] = [];
  readonly virtual = new Set<Storage>();
  readonly captured = new Set<Storage>();

  constructor(private readonly check: (op: string, dtype: DType, elements: number) => void) {}

  allocate(op: string, dtype: DType, elements: number): Storage {
    this.check(op, dtype, elements);
    const storage = new Storage(op, dtype, elements, undefined, () => undefined);
    this.virtual.add(storage);
    return storage;
  }

  launch(op: string, launch: Launch, tensors: readonly Tensor[]): void {
    const uses = tensors.map((tensor, i) => this.use(tensor, launch.kernel.access[i] ?? "write"));
    this.steps.push({ kind: "launch", op, launch, uses });
  }

  copy(op: string, from: Tensor, to: Tensor): void {
    this.steps.push({ kind: "copy", op, uses: [this.use(from, "read"), this.use(to, "write")] });
  }

  place(op: string, from: Tensor, into: Tensor): void {
    this.steps.push({ kind: "place", op, uses: [this.use(from, "read"), this.use(into, "write")] });
  }

  release(): void {
    for (const storage of this.captured) storage.release();
    this.captured.clear();
  }

  private use(tensor: Tensor, access: Access): Use {
    const { storage } = tensor;
    if (!this.virtual.has(storage) && !this.captured.has(storage)) {
      storage.retain();
      this.captured.add(storage);
    }
    return { storage, access, dtype: tensor.dtype, offset: tensor.offset, length: tensor.size };
  }
}
