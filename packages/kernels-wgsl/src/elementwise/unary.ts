import { geluFunctions } from "../gelu/gelu.js";
import { at, ceilDiv, grid1d, kernel, type Launch, words } from "../launch.js";
import { type BinaryName, binaryRows } from "./binary-rows.js";
import { type ElementType, elementBytes, scalarBits, withFunction, withScalars } from "./dtypes.js";
import power from "./power.wgsl";
import trigonometry from "./trigonometry.wgsl";
import source from "./unary.wgsl";
import gradSource from "./unary-grad.wgsl";
import { type UnaryName, unaryRows } from "./unary-rows.js";

/** The scalars of a row: clip's bounds. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

const functions = { erf: geluFunctions, trigonometry: `${trigonometry}\n` };
const none: Bounds = { low: 0, high: 0 };

/** `y = f(x)` for a row of the table. Buffers: x, y, `count` elements each. */
export function unaryLaunch(name: UnaryName, count: number, dtype: ElementType, bounds: Bounds = none): Launch {
  const row = unaryRows[name];
  const result = row.result ?? dtype;
  const line = `fn apply(x: V, low: V, high: V) -> vec4<R> { return ${row.wgsl}; }`;
  const shader = (row.uses ? functions[row.uses] : "") + withScalars(withFunction(source, "apply", line), dtype);
  const { low, high } = bounds;
  return {
    kernel: kernel(`elementwise/${name}`, shader, { T: dtype, R: result }),
    params: words(count, scalarBits(dtype, low), scalarBits(dtype, high)),
    grid: grid1d(ceilDiv(count, 256)),
    bytes: count * (elementBytes(dtype) + elementBytes(result)),
    flops: count * row.flops,
    reference: (x, y) => {
      for (let i = 0; i < count; i++) y[i] = row.ref(at(x, i), low, high);
    },
  };
}

/** `dx = dy f'(x)`. Buffers: dy, the value the row saves (x or y), dx. @throws for a row without a gradient */
export function unaryGradLaunch(name: UnaryName, count: number, dtype: ElementType, bounds: Bounds = none): Launch {
  const { grad, uses } = unaryRows[name];
  if (!grad) throw new Error(`internal: ${name} has no gradient`);
  const saved = grad.saves === "input" ? "x" : "y";
  const line = `fn apply(dy: V, ${saved}: V, low: V, high: V) -> V { return ${grad.wgsl}; }`;
  const shader = (uses ? functions[uses] : "") + withScalars(withFunction(gradSource, "apply", line), dtype);
  const { low, high } = bounds;
  return {
    kernel: kernel(`elementwise/${name}-grad`, shader, { T: dtype }),
    params: words(count, scalarBits(dtype, low), scalarBits(dtype, high)),
    grid: grid1d(ceilDiv(count, 256)),
    bytes: 3 * count * elementBytes(dtype),
    flops: count * grad.flops,
    reference: (dy, kept, dx) => {
      for (let i = 0; i < count; i++) dx[i] = grad.ref(at(dy, i), at(kept, i), low, high);
    },
  };
}

/**
 * A binary row with a number on one side: `y = f(x, value)`, or `f(value, x)` with `side: "left"`.
 * The number is a uniform word, so every value runs the same pipeline. Buffers: x, y.
 */
export function scalarLaunch(
  name: BinaryName,
  value: number,
  side: "left" | "right",
  count: number,
  dtype: ElementType,
): Launch {
  const row = binaryRows[name];
  const result = row.result ?? dtype;
  const [a, b] = side === "right" ? ["x", "low"] : ["low", "x"];
  const line = `fn apply(x: V, low: V, high: V) -> vec4<R> { let a = ${a}; let b = ${b}; return ${row.wgsl}; }`;
  const shader = withScalars(withFunction(source, "apply", line), dtype) + (name === "pow" ? power : "");
  return {
    kernel: kernel(`elementwise/${name}-scalar-${side}`, shader, { T: dtype, R: result }),
    params: words(count, scalarBits(dtype, value), 0),
    grid: grid1d(ceilDiv(count, 256)),
    bytes: count * (elementBytes(dtype) + elementBytes(result)),
    flops: count * row.flops,
    reference: (x, y) => {
      for (let i = 0; i < count; i++) y[i] = side === "right" ? row.ref(at(x, i), value) : row.ref(value, at(x, i));
    },
  };
}

/**
 * The same numbers in another dtype. Floats become integers by dropping the fraction and stopping at the ends of the
 * range; i32 and u32 convert into each other modulo 2^32; past the largest f16 the result is infinity. Buffers: x, y.
 */
export function castLaunch(count: number, from: ElementType, to: ElementType): Launch {
  const line = "fn apply(x: V, low: V, high: V) -> vec4<R> { return vec4<R>(x); }";
  return {
    kernel: kernel("elementwise/cast", withScalars(withFunction(source, "apply", line), from), { T: from, R: to }),
    params: words(count, 0, 0),
    grid: grid1d(ceilDiv(count, 256)),
    bytes: count * (elementBytes(from) + elementBytes(to)),
    flops: 0,
    reference: (x, y) => {
      for (let i = 0; i < count; i++) y[i] = converted(at(x, i), from, to);
    },
  };
}

// WGSL stops a conversion from floats at the largest f32 at or below 2^31 - 1 or 2^32 - 1, and lets integers wrap.
function converted(value: number, from: ElementType, to: ElementType): number {
  if (to === "f32" || to === "f16") return value;
  if (from === "i32" || from === "u32") return to === "i32" ? value | 0 : value >>> 0;
  const whole = Math.trunc(value);
  return to === "i32" ? clamp(whole, -(2 ** 31), 2 ** 31 - 128) : clamp(whole, 0, 2 ** 32 - 256);
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
