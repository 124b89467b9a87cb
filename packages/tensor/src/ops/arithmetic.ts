import type { DType } from "../dtype.js";
import { derive } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { apply, type BinaryOp, type Operand } from "./binary.js";
import { sumTo } from "./broadcast.js";
import { unaryOf } from "./elementwise.js";
import { select } from "./where.js";

type Name = "add" | "sub" | "mul" | "div" | "pow" | "maximum" | "minimum";

/** The gradient of one operand, before the axes it was repeated along are summed away. */
type Rule = (dy: Tensor, a: Operand, b: Operand, y: Tensor) => Tensor;

/** Rules call recorded ops, so that their results can be differentiated again. */
const rules: Readonly<Record<Name, { readonly a: Rule; readonly b: Rule }>> = {
  add: { a: (dy) => dy, b: (dy) => dy },
  sub: { a: (dy) => dy, b: (dy) => binary("mul", dy, -1) },
  mul: { a: (dy, _a, b) => binary("mul", dy, b), b: (dy, a) => binary("mul", dy, a) },
  div: {
    a: (dy, _a, b) => binary("div", dy, b),
    b: (dy, _a, b, y) => binary("mul", dy, binary("mul", binary("div", y, b), -1)),
  },
  pow: {
    a: (dy, a, b) => binary("mul", dy, binary("mul", binary("pow", a, minusOne(b)), b)),
    b: (dy, a, _b, y) => apply("mul", dy, typeof a === "number" ? apply("mul", y, logOf(a)) : timesLog(y, a)),
  },
  maximum: {
    a: (dy, a, b) => apply("mul", dy, apply("greaterShare", a, b)),
    b: (dy, a, b) => apply("mul", dy, apply("greaterShare", b, a)),
  },
  minimum: {
    a: (dy, a, b) => apply("mul", dy, apply("greaterShare", b, a)),
    b: (dy, a, b) => apply("mul", dy, apply("greaterShare", a, b)),
  },
};

const minusOne = (b: Operand): Operand => (typeof b === "number" ? b - 1 : binary("sub", b, 1));
const logOf = (a: number): number => (a === 0 ? 0 : Math.log(a));

/** y log a, and 0 where a is 0 (there y is constant for b > 0). */
function timesLog(y: Tensor, a: Tensor): Tensor {
  const product = apply("mul", y, unaryOf("log", a));
  return select(apply("equal", a, 0), apply("mul", y, 0), product);
}

function binary(name: Name, a: Operand, b: Operand): Tensor {
  const y = apply(name, a, b);
  const rule = rules[name];
  const inputs = { ...(typeof a !== "number" && { a }), ...(typeof b !== "number" && { b }) };
  const shapeOf = (operand: Operand): Shape => (typeof operand === "number" ? [] : operand.shape);
  return derive<"a" | "b", Tensor>(name, inputs as Record<"a" | "b", Tensor>, y, (dy, wants) => ({
    a: wants.a && sumTo(rule.a(dy, a, b, y), shapeOf(a)),
    b: wants.b && sumTo(rule.b(dy, a, b, y), shapeOf(b)),
  }));
}

function op<Types extends DType>(name: Name): BinaryOp<Types> {
  return ((a: Operand, b: Operand) => binary(name, a, b)) as BinaryOp<Types>;
}

/**
 * `a + b`, elementwise with NumPy broadcasting. One operand may be a number.
 * @throws ShapeError when shapes do not broadcast or dtypes differ
 */
export const add: BinaryOp<DType> = op("add");

/** `a - b`; see `add`. Not for u32, which has no negative numbers. */
export const sub: BinaryOp<"f32" | "f16" | "i32"> = op("sub");

/** `a * b`, elementwise; see `add`. */
export const mul: BinaryOp<DType> = op("mul");

/** `a / b`, floats; see `add`. */
export const div: BinaryOp<"f32" | "f16"> = op("div");

/** `a ** b` over real numbers: 0 ** 0 is 1, a negative `a` needs a whole `b` (else NaN). See `add`. */
export const pow: BinaryOp<"f32" | "f16"> = op("pow");

/** The larger of `a` and `b`; equal operands share the gradient. See `add`. */
export const maximum: BinaryOp<DType> = op("maximum");

/** The smaller of `a` and `b`; equal operands share the gradient. See `add`. */
export const minimum: BinaryOp<DType> = op("minimum");
