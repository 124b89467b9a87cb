import type { DTypes } from "./dtypes.js";

/** One elementwise function of two tensors, or of a tensor and a number. */
export interface BinaryRow {
  /** WGSL over vectors `a` and `b`. */
  readonly wgsl: string;
  readonly ref: (a: number, b: number) => number;
  readonly flops: number;
  /** Dtypes of the arguments, see `dtypesOf`. */
  readonly dtypes: DTypes;
  /** The result's dtype when it is not the arguments': comparisons give 0 or 1 as u32. */
  readonly result?: "u32";
}

const truth = (condition: string): string => `select(vec4u(0), vec4u(1), ${condition})`;

const table = {
  add: { wgsl: "a + b", ref: (a, b) => a + b, flops: 1, dtypes: "number" },
  sub: { wgsl: "a - b", ref: (a, b) => a - b, flops: 1, dtypes: "signed" },
  mul: { wgsl: "a * b", ref: (a, b) => a * b, flops: 1, dtypes: "number" },
  // Not for integers: WGSL's own integer division hides a zero divisor.
  div: { wgsl: "a / b", ref: (a, b) => a / b, flops: 1, dtypes: "float" },
  // b = 0 gives 1, also for a = 0; a < 0 needs a whole b, as in real numbers (NaN otherwise): see power.wgsl.
  pow: {
    wgsl: "power(a, b)",
    ref: (a, b) => a ** b,
    flops: 4,
    dtypes: "float",
  },
  maximum: { wgsl: "max(a, b)", ref: (a, b) => Math.max(a, b), flops: 1, dtypes: "number" },
  minimum: { wgsl: "min(a, b)", ref: (a, b) => Math.min(a, b), flops: 1, dtypes: "number" },
  equal: { wgsl: truth("a == b"), ref: (a, b) => +(a === b), flops: 1, dtypes: "number", result: "u32" },
  notEqual: { wgsl: truth("a != b"), ref: (a, b) => +(a !== b), flops: 1, dtypes: "number", result: "u32" },
  less: { wgsl: truth("a < b"), ref: (a, b) => +(a < b), flops: 1, dtypes: "number", result: "u32" },
  lessEqual: { wgsl: truth("a <= b"), ref: (a, b) => +(a <= b), flops: 1, dtypes: "number", result: "u32" },
  greater: { wgsl: truth("a > b"), ref: (a, b) => +(a > b), flops: 1, dtypes: "number", result: "u32" },
  greaterEqual: { wgsl: truth("a >= b"), ref: (a, b) => +(a >= b), flops: 1, dtypes: "number", result: "u32" },
  logicalAnd: {
    wgsl: truth("(a != V(0)) & (b != V(0))"),
    ref: (a, b) => +(a !== 0 && b !== 0),
    flops: 1,
    dtypes: "u32",
  },
  logicalOr: {
    wgsl: truth("(a != V(0)) | (b != V(0))"),
    ref: (a, b) => +(a !== 0 || b !== 0),
    flops: 1,
    dtypes: "u32",
  },
  // The part of a gradient that the larger operand of maximum takes: 1, 1/2 for equal operands, 0.
  greaterShare: {
    wgsl: "select(V(0), V(1), a > b) + select(V(0), V(0.5), a == b)",
    ref: (a, b) => (a > b ? 1 : a === b ? 0.5 : 0),
    flops: 2,
    dtypes: "float",
  },
} as const satisfies Record<string, BinaryRow>;

/** A function of two tensors. */
export type BinaryName = keyof typeof table;

/** Every binary function: `binaryRows.add.ref(1, 2)`. */
export const binaryRows: Readonly<Record<BinaryName, BinaryRow>> = table;
