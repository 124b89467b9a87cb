import { gelu, geluGrad } from "../gelu/gelu.ref.js";
import type { DTypes } from "./dtypes.js";

/** How the gradient of a unary row comes from `dy` and either the input or the output of the forward pass. */
export interface UnaryGradient {
  /** Which value the forward pass must keep. */
  readonly saves: "input" | "output";
  /** WGSL of dx over vectors `dy` and `x` (`saves: "input"`) or `y`. */
  readonly wgsl: string;
  /** The same in float64; `kept` is the saved value. */
  readonly ref: (dy: number, kept: number, low: number, high: number) => number;
  readonly flops: number;
}

/** One elementwise function of one tensor: kernel, oracle and gradient follow from it. */
export interface UnaryRow {
  /** WGSL over a vector `x`, with the row's scalars as vectors `low` and `high`. */
  readonly wgsl: string;
  readonly ref: (x: number, low: number, high: number) => number;
  /** FLOPs per element, one for a special function. */
  readonly flops: number;
  /** Dtypes of the argument, see `dtypesOf`. */
  readonly dtypes: DTypes;
  /** The result's dtype when it is not the argument's. */
  readonly result?: "u32";
  /** Absent: the gradient is zero wherever it exists. */
  readonly grad?: UnaryGradient;
  /** Calls functions of `gelu/erf.wgsl` or `trigonometry.wgsl`. */
  readonly uses?: "erf" | "trigonometry";
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

// exp of a positive argument could overflow, so both signs go through exp(-|x|).
const stableSigmoid = "(exp(min(x, V(0))) / (V(1) + exp(-abs(x))))";

/** Ties to even, as WGSL's `round` does. */
function roundHalfEven(x: number): number {
  const nearest = Math.round(x);
  return Math.abs(x % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

const table = {
  neg: {
    wgsl: "-x",
    ref: (x) => -x,
    flops: 1,
    dtypes: "signed",
    grad: { saves: "input", wgsl: "-dy", ref: (dy) => -dy, flops: 1 },
  },
  exp: {
    wgsl: "exp(x)",
    ref: Math.exp,
    flops: 1,
    dtypes: "float",
    grad: { saves: "output", wgsl: "dy * y", ref: (dy, y) => dy * y, flops: 1 },
  },
  log: {
    wgsl: "log(x)",
    ref: Math.log,
    flops: 1,
    dtypes: "float",
    grad: { saves: "input", wgsl: "dy / x", ref: (dy, x) => dy / x, flops: 1 },
  },
  sqrt: {
    wgsl: "sqrt(x)",
    ref: Math.sqrt,
    flops: 1,
    dtypes: "float",
    grad: { saves: "output", wgsl: "V(0.5) * dy / y", ref: (dy, y) => (0.5 * dy) / y, flops: 2 },
  },
  rsqrt: {
    wgsl: "inverseSqrt(x)",
    ref: (x) => 1 / Math.sqrt(x),
    flops: 1,
    dtypes: "float",
    grad: { saves: "output", wgsl: "V(-0.5) * dy * y * y * y", ref: (dy, y) => -0.5 * dy * y ** 3, flops: 4 },
  },
  abs: {
    wgsl: "abs(x)",
    ref: Math.abs,
    flops: 1,
    dtypes: "number",
    grad: { saves: "input", wgsl: "dy * sign(x)", ref: (dy, x) => dy * Math.sign(x), flops: 2 },
  },
  sign: { wgsl: "V(sign(x))", ref: Math.sign, flops: 1, dtypes: "float" },
  square: {
    wgsl: "x * x",
    ref: (x) => x * x,
    flops: 1,
    dtypes: "number",
    grad: { saves: "input", wgsl: "V(2) * dy * x", ref: (dy, x) => 2 * dy * x, flops: 2 },
  },
  reciprocal: {
    wgsl: "V(1) / x",
    ref: (x) => 1 / x,
    flops: 1,
    dtypes: "float",
    grad: { saves: "output", wgsl: "-dy * y * y", ref: (dy, y) => -dy * y * y, flops: 3 },
  },
  sin: {
    wgsl: "V(sin4(vec4f(x)))",
    ref: Math.sin,
    flops: 26,
    dtypes: "float",
    uses: "trigonometry",
    grad: { saves: "input", wgsl: "dy * V(cos4(vec4f(x)))", ref: (dy, x) => dy * Math.cos(x), flops: 27 },
  },
  cos: {
    wgsl: "V(cos4(vec4f(x)))",
    ref: Math.cos,
    flops: 26,
    dtypes: "float",
    uses: "trigonometry",
    grad: { saves: "input", wgsl: "-dy * V(sin4(vec4f(x)))", ref: (dy, x) => -dy * Math.sin(x), flops: 28 },
  },
  tanh: {
    // Past 10 the answer is 1 in f32, while exp(2x) inside some drivers' tanh overflows.
    wgsl: "tanh(clamp(x, V(-10), V(10)))",
    ref: Math.tanh,
    flops: 1,
    dtypes: "float",
    grad: { saves: "output", wgsl: "dy * (V(1) - y * y)", ref: (dy, y) => dy * (1 - y * y), flops: 3 },
  },
  sigmoid: {
    wgsl: stableSigmoid,
    ref: sigmoid,
    flops: 4,
    dtypes: "float",
    grad: { saves: "output", wgsl: "dy * y * (V(1) - y)", ref: (dy, y) => dy * y * (1 - y), flops: 3 },
  },
  relu: {
    wgsl: "max(x, V(0))",
    ref: (x) => Math.max(x, 0),
    flops: 1,
    dtypes: "float",
    grad: { saves: "output", wgsl: "select(V(0), dy, y > V(0))", ref: (dy, y) => (y > 0 ? dy : 0), flops: 1 },
  },
  gelu: {
    wgsl: "V(gelu4(vec4f(x)))",
    ref: gelu,
    flops: 30,
    dtypes: "float",
    uses: "erf",
    grad: { saves: "input", wgsl: "V(vec4f(dy) * geluGrad4(vec4f(x)))", ref: (dy, x) => dy * geluGrad(x), flops: 36 },
  },
  silu: {
    wgsl: `x * ${stableSigmoid}`,
    ref: (x) => x * sigmoid(x),
    flops: 5,
    dtypes: "float",
    grad: {
      saves: "input",
      wgsl: `dy * ${stableSigmoid} * (V(1) + x * (V(1) - ${stableSigmoid}))`,
      ref: (dy, x) => dy * sigmoid(x) * (1 + x * (1 - sigmoid(x))),
      flops: 8,
    },
  },
  floor: { wgsl: "floor(x)", ref: Math.floor, flops: 1, dtypes: "float" },
  round: { wgsl: "round(x)", ref: roundHalfEven, flops: 1, dtypes: "float" },
  ceil: { wgsl: "ceil(x)", ref: Math.ceil, flops: 1, dtypes: "float" },
  clip: {
    wgsl: "min(max(x, low), high)",
    ref: (x, low, high) => Math.min(Math.max(x, low), high),
    flops: 2,
    dtypes: "number",
    grad: {
      saves: "input",
      wgsl: "select(V(0), dy, (x >= low) & (x <= high))",
      ref: (dy, x, low, high) => (x >= low && x <= high ? dy : 0),
      flops: 2,
    },
  },
  // By its bits: WGSL lets a compiler assume that no NaN or infinity occurs and fold `x == x` to true.
  finite: {
    wgsl: "select(vec4u(0), vec4u(1), (bitcast<vec4u>(x) & vec4u(0x7f800000u)) != vec4u(0x7f800000u))",
    ref: (x) => (Number.isFinite(x) ? 1 : 0),
    flops: 1,
    dtypes: "f32",
    result: "u32",
  },
  logicalNot: {
    wgsl: "select(vec4u(0), vec4u(1), x == V(0))",
    ref: (x) => (x === 0 ? 1 : 0),
    flops: 1,
    dtypes: "u32",
    result: "u32",
  },
} as const satisfies Record<string, UnaryRow>;

/** A function of one tensor. */
export type UnaryName = keyof typeof table;

/** Every unary function: `unaryRows.gelu.ref(x, 0, 0)`. */
export const unaryRows: Readonly<Record<UnaryName, UnaryRow>> = table;
