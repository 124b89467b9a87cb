import { type Bounds, dtypesOf, type UnaryName, unaryGradLaunch, unaryLaunch, unaryRows } from "@snnmlp/kernels-wgsl";
import { type DType, expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { expectNumber } from "./binary.js";

/** A function of one tensor, element by element. */
export type UnaryOp<Types extends DType> = <const S extends Shape, D extends Types>(x: Tensor<S, D>) => Tensor<S, D>;

type Float = "f32" | "f16";

/** One elementwise launch. Not recorded. */
export function unaryOf(name: UnaryName, x: Tensor, bounds?: Bounds): Tensor {
  const row = unaryRows[name];
  expectDType(name, "x", x.dtype, ...dtypesOf[row.dtypes]);
  const y = x.device.empty(name, x.shape, row.result ?? x.dtype);
  x.device.launch(name, unaryLaunch(name, x.size, x.dtype, bounds), [x, y]);
  return y;
}

function unary(name: UnaryName, x: Tensor, bounds?: Bounds): Tensor {
  const y = unaryOf(name, x, bounds);
  const { grad } = unaryRows[name];
  if (!grad) return y;
  return derive(name, { x }, y, (dy) => {
    const dx = x.device.empty(name, x.shape, x.dtype);
    const kept = grad.saves === "input" ? x : y;
    x.device.launch(name, unaryGradLaunch(name, x.size, x.dtype, bounds), [dy, kept, dx]);
    return { x: dx };
  });
}

function op<Types extends DType>(name: UnaryName): UnaryOp<Types> {
  return ((x: Tensor) => unary(name, x)) as UnaryOp<Types>;
}

/** `-x`. */
export const neg: UnaryOp<Float | "i32"> = op("neg");
/** e to the power x. */
export const exp: UnaryOp<Float> = op("exp");
/** Natural logarithm; NaN for negative numbers. */
export const log: UnaryOp<Float> = op("log");
/** Square root. */
export const sqrt: UnaryOp<Float> = op("sqrt");
/** `1 / sqrt(x)`. */
export const rsqrt: UnaryOp<Float> = op("rsqrt");
/** Absolute value; gradient 0 at 0. */
export const abs: UnaryOp<DType> = op("abs");
/** -1, 0 or 1; gradient 0. */
export const sign: UnaryOp<Float> = op("sign");
/** `x * x`. */
export const square: UnaryOp<DType> = op("square");
/** `1 / x`. */
export const reciprocal: UnaryOp<Float> = op("reciprocal");
/** Sine, x in radians; precise for |x| up to a few turns. */
export const sin: UnaryOp<Float> = op("sin");
/** Cosine, x in radians; precise for |x| up to a few turns. */
export const cos: UnaryOp<Float> = op("cos");
/** Hyperbolic tangent. */
export const tanh: UnaryOp<Float> = op("tanh");
/** `1 / (1 + exp(-x))`. */
export const sigmoid: UnaryOp<Float> = op("sigmoid");
/** `max(x, 0)`; gradient 0 at 0. */
export const relu: UnaryOp<Float> = op("relu");
/** `x/2 (1 + erf(x / sqrt 2))`, the exact form (Hendrycks and Gimpel, arXiv 1606.08415). */
export const gelu: UnaryOp<Float> = op("gelu");
/** `x sigmoid(x)`, also called swish. */
export const silu: UnaryOp<Float> = op("silu");
/** Largest whole number <= x; gradient 0. */
export const floor: UnaryOp<Float> = op("floor");
/** Nearest whole number, halves to the even one; gradient 0. */
export const round: UnaryOp<Float> = op("round");
/** Smallest whole number >= x; gradient 0. */
export const ceil: UnaryOp<Float> = op("ceil");

/** x held between two numbers; gradient 1 inside and at the bounds, 0 outside. @throws ShapeError when low > high */
export function clip<const S extends Shape, D extends DType>(x: Tensor<S, D>, low: number, high: number): Tensor<S, D>;
export function clip(x: Tensor, low: number, high: number): Tensor {
  for (const bound of [low, high]) expectNumber("clip", x.dtype, bound);
  if (low > high) throw new ShapeError("clip", `low ${low} is above high ${high}`);
  return unary("clip", x, { low, high });
}

/** 1 where x is a number, 0 where it is NaN or infinite. Looks at bits: shader compilers may assume there is no NaN. */
export function finite<const S extends Shape>(x: Tensor<S, "f32">): Tensor<S, "u32">;
export function finite(x: Tensor): Tensor {
  return unaryOf("finite", x);
}
