import type { BinaryName } from "@snnmlp/kernels-wgsl";
import type { DType } from "../dtype.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { apply, type Operand } from "./binary.js";
import type { BroadcastShape, Broadcasts } from "./broadcast.js";
import { unaryOf } from "./elementwise.js";

/** The call signatures of a comparison: 1 where it holds, 0 where not, as u32. No gradient. */
export interface Comparison<Types extends DType> {
  <const A extends Shape, const B extends Shape, D extends Types>(
    a: Tensor<A, D>,
    b: Tensor<B, NoInfer<D>> & Broadcasts<A, B>,
  ): Tensor<BroadcastShape<A, B>, "u32">;
  <const A extends Shape>(a: Tensor<A, Types>, b: number): Tensor<A, "u32">;
  <const B extends Shape>(a: number, b: Tensor<B, Types>): Tensor<B, "u32">;
}

function op<Types extends DType>(name: BinaryName): Comparison<Types> {
  return ((a: Operand, b: Operand) => apply(name, a, b)) as Comparison<Types>;
}

/** `a == b` as u32 0 or 1, elementwise with NumPy broadcasting; one operand may be a number. */
export const equal: Comparison<DType> = op("equal");
/** `a != b`; see `equal`. */
export const notEqual: Comparison<DType> = op("notEqual");
/** `a < b`; see `equal`. */
export const less: Comparison<DType> = op("less");
/** `a <= b`; see `equal`. */
export const lessEqual: Comparison<DType> = op("lessEqual");
/** `a > b`; see `equal`. */
export const greater: Comparison<DType> = op("greater");
/** `a >= b`; see `equal`. */
export const greaterEqual: Comparison<DType> = op("greaterEqual");
/** 1 where both are true (not 0), over u32. */
export const logicalAnd: Comparison<"u32"> = op("logicalAnd");
/** 1 where one or both are true (not 0), over u32. */
export const logicalOr: Comparison<"u32"> = op("logicalOr");

/** 1 where x is false (0), over u32. */
export function logicalNot<const S extends Shape>(x: Tensor<S, "u32">): Tensor<S, "u32">;
export function logicalNot(x: Tensor): Tensor {
  return unaryOf("logicalNot", x);
}
