import { type Access, type Device, type Tape, type TapeEntry, type Tensor, TensorError } from "@snnmlp/tensor";

type Storage = Tensor["storage"];

/** Remembers every op that a watched tensor flowed through, in order. */
export class GradientTape implements Tape {
  readonly entries: TapeEntry[] = [];
  private readonly watched: Set<Tensor>;
  /** During `audit`: memory that depends on a watched tensor, and whether a dependence was lost. */
  private dependent: Set<Storage> | undefined;
  private lost = false;

  constructor(leaves: readonly Tensor[]) {
    this.watched = new Set(leaves);
  }

  watches(tensor: Tensor): boolean {
    return this.watched.has(tensor);
  }

  record(entry: TapeEntry): void {
    if (Object.values(entry.inputs).some((input) => this.looksConstant(input))) this.lost = true;
    this.entries.push(entry);
    for (const output of entry.outputs) this.watched.add(output);
  }

  launched(tensors: readonly Tensor[], access: readonly Access[]): void {
    const { dependent } = this;
    if (!dependent?.size) return;
    if (!tensors.some((tensor, i) => access[i] === "read" && dependent.has(tensor.storage))) return;
    for (const [i, tensor] of tensors.entries()) if (access[i] === "write") dependent.add(tensor.storage);
  }

  /**
   * Runs the rule of an op inside an inner gradient. This tape differentiates the rule only as far as it is made of
   * recorded ops: a rule that launches kernels of its own would be taken for a constant.
   *
   * @throws TensorError naming the op instead of giving a wrong second derivative
   */
  audit(op: string, rule: () => Tensor[]): Tensor[] {
    this.dependent = new Set([...this.watched].filter(({ disposed }) => !disposed).map(({ storage }) => storage));
    this.lost = false;
    const gradients = rule();
    this.lost ||= gradients.some((gradient) => this.looksConstant(gradient));
    this.dependent = undefined;
    if (!this.lost) return gradients;
    throw new TensorError(
      `grad: the gradient of ${op} cannot be differentiated again, its rule is a kernel; inside grad(grad()) build the function ` +
        "from add, sub, mul, div, pow, sum, mean, matmul, reshape, permute and broadcastTo",
    );
  }

  private looksConstant(tensor: Tensor): boolean {
    return !this.watched.has(tensor) && (this.dependent?.has(tensor.storage) ?? false);
  }
}

/** Runs `body` with a tape installed; what the body makes is recorded there. */
export function recordOn<T>(device: Device, tape: Tape, body: () => T): T {
  device.tapes.push(tape);
  try {
    return body();
  } finally {
    device.tapes.pop();
  }
}

/** Runs `body` without recording: nothing in it can be differentiated. */
export function noGrad<T>(device: Device, body: () => T): T {
  const tapes = device.tapes.splice(0);
  try {
    return body();
  } finally {
    device.tapes.push(...tapes);
  }
}
