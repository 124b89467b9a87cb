import type { Access, Chain } from "@snnmlp/kernels-wgsl";
import type { Device } from "./device.js";
import type { DType } from "./dtype.js";
import { ShapeError } from "./errors.js";
import type { Shape } from "./shape.js";
import { Tensor } from "./tensor.js";

/** Which inputs of an op somebody wants a gradient of. */
export type Wants<K extends string> = Readonly<Record<K, boolean>>;

/** The gradients a rule gives: one per wanted input, nothing (or false) for the rest. */
export type Gradients<K extends string> = { readonly [Input in K]?: Tensor | false | undefined };

/**
 * The vector-Jacobian product of an op: from `dy`, of the output's shape, the gradients of the inputs it `wants`.
 * Written with ops; what it saves is what its closure names, so an input nobody names is not kept.
 *
 * `soFar` holds the gradients that the inputs named in `adds` have from elsewhere: the rule adds them in its own launch.
 */
export type Vjp<K extends string> = (dy: Tensor, wants: Wants<K>, soFar: Gradients<K>) => Gradients<K>;

/** The same for an op with several outputs; an output nobody used has no `dy`. */
export type MultiVjp<K extends string> = (
  dys: readonly (Tensor | undefined)[],
  wants: Wants<K>,
  soFar: Gradients<K>,
) => Gradients<K>;

/** One differentiable step as a tape sees it. */
export interface TapeEntry {
  readonly op: string;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: readonly Tensor[];
  readonly vjp: MultiVjp<string>;
  /** Inputs whose gradient comes back with `soFar` added; the tape adds for the others. */
  readonly adds: readonly string[];
}

/** What `@snnmlp/autograd` installs in `device.tapes`. */
export interface Tape {
  /** Whether a gradient may be asked of this tensor. */
  watches(tensor: Tensor): boolean;
  /** Takes a step that has at least one watched input. */
  record(entry: TapeEntry): void;
  /** Hears of every launch, recorded or not: its tensors in binding order. */
  launched?(tensors: readonly Tensor[], access: readonly Access[]): void;
}

/** The inputs of an op by name; one the caller left out has no entry. */
export type Inputs<K extends string> = { readonly [Input in K]?: Tensor };

/** Declares that `y` came from `inputs`, and how gradients flow back. Returns `y`. @param adds see `Vjp` */
export function derive<K extends string, Y extends Tensor>(
  op: string,
  inputs: Inputs<K>,
  y: Y,
  vjp: Vjp<K>,
  adds: readonly K[] = [],
): Y {
  deriveAll(op, inputs, [y], ([dy], wants, soFar) => (dy ? vjp(dy, wants, soFar) : {}), adds);
  return y;
}

/** `derive` for an op with several outputs. */
export function deriveAll<K extends string>(
  op: string,
  inputs: Inputs<K>,
  outputs: readonly Tensor[],
  vjp: MultiVjp<K>,
  adds: readonly K[] = [],
): void {
  const [any] = outputs;
  if (!any) return;
  const given = Object.entries<Tensor | undefined>(inputs);
  const named = Object.fromEntries(given.filter((entry): entry is [string, Tensor] => entry[1] !== undefined));
  const sources = Object.values(named);
  for (const tape of any.device.tapes) {
    if (sources.some((input) => tape.watches(input))) tape.record({ op, inputs: named, outputs, vjp, adds });
  }
}

/** The device all inputs of an op are on. @throws ShapeError when they are on different ones */
export function deviceOf(op: string, first: Tensor, ...rest: Tensor[]): Device {
  for (const other of rest) {
    if (other.device !== first.device) {
      throw new ShapeError(
        op,
        "its tensors are on different devices; read() one and make it again on the other device",
      );
    }
  }
  return first.device;
}

/**
 * Runs the launches of a chain over the tensors its launcher documents; the scratch it needs lives for this call.
 * A tensor that no step binds may be `undefined`.
 */
export function launchChain(op: string, chain: Chain, device: Device, tensors: readonly (Tensor | undefined)[]): void {
  const scratch = chain.scratch.map((length) => device.empty(op, [length], "f32"));
  const all = [...tensors, ...scratch];
  for (const [launch, buffers] of chain.steps) {
    const bound = buffers.flatMap((index) => all[index] ?? []);
    if (bound.length !== buffers.length)
      throw new Error(`internal: ${launch.kernel.name} names a buffer nobody passed`);
    device.launch(op, launch, bound);
  }
  for (const tensor of scratch) tensor.dispose();
}

/** The same values under another shape, sharing memory. Not recorded: `reshape` is the op. */
export function viewAs<const S extends Shape, D extends DType>(
  op: string,
  source: Tensor<Shape, D>,
  shape: S,
  offset = 0,
): Tensor<S, D> {
  source.storage.retain();
  return new Tensor(source.device, shape, source.dtype, op, source.storage, source.offset + offset);
}
