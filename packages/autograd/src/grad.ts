import { type Device, full, ShapeError, scope, type Tensor } from "@snnmlp/tensor";
import { backward } from "./backward.js";
import { GradientTape, recordOn } from "./tape.js";
import { leavesOf, mapTree, type Tree } from "./tree.js";

/** A scalar function of a tree of tensors; further arguments are passed through and not differentiated. */
export type Loss<P extends Tree, Rest extends readonly unknown[]> = (parameters: P, ...rest: Rest) => Tensor;

/** What `valueAndGrad(f)` returns when called. */
export interface ValueAndGrad<P extends Tree> {
  /** f's value, one element. */
  readonly value: Tensor;
  /** df/dp, in the nesting and shapes of the parameters; zeros where f does not depend on p. */
  readonly gradient: P;
}

/**
 * A function that evaluates `f` and its gradient with respect to the first argument.
 *
 * @param f returns a tensor with one element
 * @returns value and gradient belong to the caller's scope; everything in between is freed
 * @throws ShapeError when `f` returns more than one element
 *
 * ```ts
 * const { value, gradient } = valueAndGrad((w) => mean(square(matmul(x, w))))(w);
 * ```
 */
export function valueAndGrad<P extends Tree, Rest extends readonly unknown[]>(
  f: Loss<P, Rest>,
): (parameters: P, ...rest: Rest) => ValueAndGrad<P> {
  return (parameters, ...rest) => {
    const leaves = leavesOf(parameters);
    const device = deviceOfLeaves(leaves);
    using s = scope(device);
    const tape = new GradientTape(leaves);
    const value = recordOn(device, tape, () => f(parameters, ...rest));
    if (value.size !== 1) {
      throw new ShapeError(
        "grad",
        `f must return one number, got [${value.shape.join(", ")}]; reduce it with mean() or sum()`,
      );
    }
    const one = full(device, value.shape, 1, value.dtype);
    const gradients = new Map(backward(tape, value, one, leaves, s).map((gradient, i) => [leaves[i], gradient]));
    if (device.tapes.length > 0) s.keepAll();
    const gradient = mapTree(parameters, (leaf) =>
      s.keep(gradients.get(leaf) ?? full(device, leaf.shape, 0, leaf.dtype)),
    );
    return { value: s.keep(value), gradient };
  };
}

/** `valueAndGrad` without the value. */
export function grad<P extends Tree, Rest extends readonly unknown[]>(
  f: Loss<P, Rest>,
): (parameters: P, ...rest: Rest) => P {
  const both = valueAndGrad(f);
  return (parameters, ...rest) => {
    const { value, gradient } = both(parameters, ...rest);
    value.dispose();
    return gradient;
  };
}

function deviceOfLeaves(leaves: readonly Tensor[]): Device {
  const [first] = leaves;
  if (!first) throw new ShapeError("grad", "the parameters hold no tensor");
  for (const { dtype, op } of leaves) {
    if (dtype === "f32" || dtype === "f16") continue;
    throw new ShapeError(
      "grad",
      `a parameter (made by ${op}) is ${dtype}, which has no gradient; pass it as a further argument`,
    );
  }
  return first.device;
}
