import { vectorRead, whereLaunch } from "@snnmlp/kernels-wgsl";
import { type DType, expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive, deviceOf, viewAs } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { expectNumber, type Operand } from "./binary.js";
import { type BroadcastShape, type Broadcasts, broadcastOf, repeated, sumTo } from "./broadcast.js";
import { full } from "./create.js";

/**
 * `condition ? a : b`, elementwise with broadcasting.
 *
 * @param condition u32, 0 is false: what `less` and its like give
 * @param a where it holds; a tensor, or a number
 * @param b where it does not
 * @throws ShapeError when shapes do not broadcast or the dtypes of a and b differ
 */
export function where<const C extends Shape, const A extends Shape, const B extends Shape, D extends DType>(
  condition: Tensor<C, "u32">,
  a: Tensor<A, D> & Broadcasts<C, A>,
  b: Tensor<B, NoInfer<D>> & Broadcasts<BroadcastShape<C, A>, B>,
): Tensor<BroadcastShape<BroadcastShape<C, A>, B>, D>;
export function where<const C extends Shape, const A extends Shape, D extends DType>(
  condition: Tensor<C, "u32">,
  a: Tensor<A, D> & Broadcasts<C, A>,
  b: number,
): Tensor<BroadcastShape<C, A>, D>;
export function where<const C extends Shape, const B extends Shape, D extends DType>(
  condition: Tensor<C, "u32">,
  a: number,
  b: Tensor<B, D> & Broadcasts<C, B>,
): Tensor<BroadcastShape<C, B>, D>;
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  if (typeof a !== "number" && typeof b !== "number") return choose(condition, a, b);
  const like = typeof a === "number" ? b : a;
  if (typeof like === "number") {
    throw new ShapeError("where", "needs a tensor for a or b; cast() the condition instead");
  }
  const value = typeof a === "number" ? a : Number(b);
  expectNumber("where", like.dtype, value);
  const number = full(like.device, [1], value, like.dtype);
  const y = like === a ? choose(condition, like, number) : choose(condition, number, like);
  number.dispose();
  return y;
}

function choose(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const y = select(condition, a, b);
  const [shapeA, shapeB] = [a.shape, b.shape];
  return derive("where", { a, b }, y, (dy, wants) => {
    const zero = full(dy.device, [1], 0, dy.dtype);
    return {
      a: wants.a && sumTo(select(condition, dy, zero), shapeA),
      b: wants.b && sumTo(select(condition, zero, dy), shapeB),
    };
  });
}

/** `where` without the tape. */
export function select(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  expectDType("where", "condition", condition.dtype, "u32");
  if (a.dtype !== b.dtype) {
    throw new ShapeError("where", `a is ${a.dtype} but b is ${b.dtype}; convert one of them with cast()`);
  }
  const device = deviceOf("where", condition, a, b);
  const shape = broadcastOf("where", broadcastOf("where", condition.shape, a.shape), b.shape);
  const y = device.empty("where", shape, a.dtype);
  // An operand the kernel cannot read in place is written out first.
  const [c, x, z] = [readable(condition, shape), readable(a, shape), readable(b, shape)];
  device.launch("where", whereLaunch(shape, { condition: c.shape, a: x.shape, b: z.shape }, a.dtype), [c, x, z, y]);
  for (const operand of [c, x, z]) operand.dispose();
  return y;
}

const readable = (operand: Tensor, shape: Shape): Tensor =>
  vectorRead(shape, operand.shape) ? viewAs("where", operand, operand.shape) : repeated("where", operand, shape);
