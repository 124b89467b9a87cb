import { type BinaryName, binaryLaunch, binaryRows, dtypesOf, scalarLaunch } from "@snnmlp/kernels-wgsl";
import { type DType, expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { deviceOf } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type BroadcastShape, type Broadcasts, broadcastOf } from "./broadcast.js";

/** A tensor, or one number for all its elements. */
export type Operand = Tensor | number;

/** The call signatures of a function of two operands: tensors that broadcast, or a tensor and a number. */
export interface BinaryOp<Types extends DType> {
  <const A extends Shape, const B extends Shape, D extends Types>(
    a: Tensor<A, D>,
    b: Tensor<B, NoInfer<D>> & Broadcasts<A, B>,
  ): Tensor<BroadcastShape<A, B>, D>;
  <const A extends Shape, D extends Types>(a: Tensor<A, D>, b: number): Tensor<A, D>;
  <const B extends Shape, D extends Types>(a: number, b: Tensor<B, D>): Tensor<B, D>;
}

/** One elementwise launch of two operands, at least one of them a tensor. Not recorded. */
export function apply(name: BinaryName, a: Operand, b: Operand): Tensor {
  if (typeof b === "number") {
    if (typeof a === "number") throw new ShapeError(name, `needs a tensor, got the numbers ${a} and ${b}`);
    return withNumber(name, a, b, "right");
  }
  return typeof a === "number" ? withNumber(name, b, a, "left") : ofTensors(name, a, b);
}

function ofTensors(name: BinaryName, a: Tensor, b: Tensor): Tensor {
  const row = binaryRows[name];
  for (const [operand, { dtype }] of Object.entries({ a, b })) {
    expectDType(name, operand, dtype, ...dtypesOf[row.dtypes]);
  }
  if (a.dtype !== b.dtype) {
    throw new ShapeError(name, `a is ${a.dtype} but b is ${b.dtype}; convert one of them with cast()`);
  }
  const device = deviceOf(name, a, b);
  const y = device.empty(name, broadcastOf(name, a.shape, b.shape), row.result ?? a.dtype);
  device.launch(name, binaryLaunch(name, a.shape, b.shape, a.dtype, device.profile), [a, b, y]);
  return y;
}

function withNumber(name: BinaryName, x: Tensor, value: number, side: "left" | "right"): Tensor {
  const row = binaryRows[name];
  expectDType(name, side === "right" ? "a" : "b", x.dtype, ...dtypesOf[row.dtypes]);
  expectNumber(name, x.dtype, value);
  const y = x.device.empty(name, x.shape, row.result ?? x.dtype);
  x.device.launch(name, scalarLaunch(name, value, side, x.size, x.dtype), [x, y]);
  return y;
}

/** Throws unless `value` is a number that `dtype` can hold. */
export function expectNumber(op: string, dtype: DType, value: number): void {
  const whole = dtype === "i32" || dtype === "u32";
  const low = dtype === "u32" ? 0 : -(2 ** 31);
  const high = dtype === "u32" ? 2 ** 32 - 1 : 2 ** 31 - 1;
  if (Number.isFinite(value) && (!whole || (Number.isInteger(value) && value >= low && value <= high))) return;
  throw new ShapeError(op, `${value} is not a finite ${dtype}${whole ? "; cast() the tensor to f32" : ""}`);
}
