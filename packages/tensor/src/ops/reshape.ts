import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive, viewAs } from "../op.js";
import { type Shape, show, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";

/**
 * The same values, in the same order, under another shape; shares memory.
 *
 * @param shape sizes with the same product; one of them may be -1 and is then worked out
 * @throws ShapeError when the products differ
 */
export function reshape<const S extends Shape, D extends DType>(x: Tensor<Shape, D>, shape: S): Tensor<S, D> {
  const open = shape.indexOf(-1);
  const known = sizeOf(shape.filter((_, i) => i !== open));
  const full = open < 0 ? shape : shape.with(open, x.size / known);
  if (sizeOf(full) !== x.size || !full.every(Number.isInteger)) {
    throw new ShapeError("reshape", `cannot view ${show(x.shape)} (${x.size} values) as ${show(shape)}`);
  }
  const y = viewAs("reshape", x, full as S);
  return derive("reshape", { x }, y, (dy) => ({ x: reshape(dy, x.shape) }));
}
