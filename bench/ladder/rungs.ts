import { type DType, type Shape, type TapeEntry, Tensor } from "@snnmlp/tensor";

/** A tensor of a case: its shape, and its values where noise in [-1, 1) will not do. */
export interface Given {
  readonly shape: readonly number[];
  readonly dtype?: DType;
  readonly value?: (index: number) => number;
}

/** The tensors of a case by name; one that a case does not have is an error. */
export type Find = (name: string) => Tensor<Shape, "f32">;

/** One op at one size. */
export interface Rung {
  /** What `--family` chooses by. */
  readonly family: string;
  readonly name: string;
  /** What the op takes, where it is timed, and where the oracle checks it. */
  readonly full: Readonly<Record<string, Given>>;
  readonly small: Readonly<Record<string, Given>>;
  /** Launches it. @returns what is checked */
  readonly run: (find: Find) => readonly Tensor[];
}

/** What an op returns, and the gradients its rule makes of `dys` for `inputs`. */
export function withGradients(
  op: () => Tensor | readonly Tensor[],
  inputs: readonly [Tensor, ...Tensor[]],
  dys: readonly Tensor[],
): readonly Tensor[] {
  const { device } = inputs[0];
  const entries: TapeEntry[] = [];
  device.tapes.push({
    watches: (tensor) => inputs.includes(tensor),
    record: (entry) => entries.push(entry),
  });
  const outputs = [op()].flat();
  device.tapes.pop();
  const gradients = entries.flatMap(({ inputs: named, vjp }) => {
    const wants = Object.entries(named).map(([name, tensor]) => [name, inputs.includes(tensor)] as const);
    return Object.values(vjp(dys, Object.fromEntries(wants), {}));
  });
  return [...outputs, ...gradients.filter((gradient) => gradient instanceof Tensor)];
}
