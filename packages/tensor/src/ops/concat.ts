import { copyLaunch } from "@snnmlp/kernels-wgsl";
import { ShapeError } from "../errors.js";
import { derive, deviceOf } from "../op.js";
import { normalizeAxis, type Shape, show, stridesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { window } from "./slice.js";

/** A shape of as many axes, sizes known at run time. */
type SameRank<S extends Shape> = S extends Shape
  ? number extends S["length"]
    ? Shape
    : { readonly [K in keyof S]: number }
  : never;

/**
 * Joins tensors along an axis, in order.
 *
 * @param parts at least one; same dtype, same sizes but along `axis`
 * @throws ShapeError naming the part that does not fit
 */
export function concat<const P extends readonly Tensor[]>(
  parts: P,
  axis: number,
): Tensor<SameRank<P[number]["shape"]>, P[number]["dtype"]>;
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  if (!first) throw new ShapeError("concat", "needs at least one tensor");
  const front = normalizeAxis("concat", first.shape, axis);
  for (const [i, part] of parts.entries()) {
    const fits = part.rank === first.rank && part.shape.every((dim, k) => k === front || dim === first.shape[k]);
    if (fits && part.dtype === first.dtype) continue;
    throw new ShapeError(
      "concat",
      `part ${i} is ${part.dtype} ${show(part.shape)}, which does not join ${first.dtype} ${show(first.shape)} along axis ${front}`,
    );
  }
  const sizes = parts.map((part) => part.shape[front] ?? 1);
  const shape = first.shape.with(
    front,
    sizes.reduce((total, size) => total + size, 0),
  );
  const y = join("concat", parts, front, shape);
  const inputs = Object.fromEntries(parts.map((part, i) => [`part${i}`, part]));
  const shapes = parts.map((part) => part.shape);
  return derive("concat", inputs, y, (dy, wants) => {
    const gradients: Record<string, Tensor | false> = {};
    let start = 0;
    for (const [i, part] of shapes.entries()) {
      const starts = part.map((_, k) => (k === front ? start : 0));
      gradients[`part${i}`] = (wants[`part${i}`] ?? false) && window("concat", dy, starts, part);
      start += sizes[i] ?? 0;
    }
    return gradients;
  });
}

/** `concat` without checks or tape: one launch a part, each into its window of the output. */
export function join(op: string, parts: readonly Tensor[], axis: number, shape: Shape): Tensor {
  const [first, ...rest] = parts;
  if (!first) throw new Error("internal: join needs a part");
  const device = deviceOf(op, first, ...rest);
  const y = device.empty(op, shape, first.dtype);
  const outStrides = stridesOf(shape);
  let start = 0;
  for (const part of parts) {
    const box = {
      dims: part.shape,
      inStrides: stridesOf(part.shape),
      inBase: 0,
      outStrides,
      outBase: start * (outStrides[axis] ?? 1),
    };
    device.launch(op, copyLaunch(box, part.dtype, device.profile), [part, y]);
    start += part.shape[axis] ?? 1;
  }
  return y;
}
