import { type ElementType, elementBytes, withFunction } from "../elementwise/dtypes.js";
import trigonometry from "../elementwise/trigonometry.wgsl";
import { at, ceilDiv, floatBits, grid1d, kernel, type Launch, words } from "../launch.js";
import { mulHigh, philox, unit, type Words4 } from "./philox.ref.js";
import philoxSource from "./philox.wgsl";
import source from "./random.wgsl";

/** WGSL functions `philox(counter, key)` and `unit(bits)`, to put in front of a shader that draws. */
export const philoxFunctions: string = `${philoxSource}\n`;

/** What is drawn. */
export type Distribution =
  /** Floats in [low, high). */
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  /** Gaussian floats by Box and Muller; none is further than 5.8 standard deviations out. */
  | { readonly kind: "normal"; readonly mean: number; readonly std: number }
  /** 1 with probability p, else 0. */
  | { readonly kind: "bernoulli"; readonly p: number }
  /** Integers low <= y < high, high - low < 2^31; odds differ by at most (high - low) / 2^32. */
  | { readonly kind: "integers"; readonly low: number; readonly high: number }
  /** Whole 32-bit words. */
  | { readonly kind: "bits" };

interface Row {
  readonly wgsl: string;
  readonly ref: (words: Words4, lane: number) => number;
  readonly a?: number;
  readonly b?: number;
  readonly low?: number;
  readonly span?: number;
}

function rowOf(distribution: Distribution): Row {
  switch (distribution.kind) {
    case "uniform": {
      const { low, high } = distribution;
      return {
        wgsl: "vec4<R>(p.a + p.b * unit(bits))",
        ref: (drawn, lane) => low + (high - low) * unit(drawn[lane] ?? 0),
        a: low,
        b: high - low,
      };
    }
    case "normal": {
      const { mean, std } = distribution;
      return {
        wgsl: "vec4<R>(p.a + p.b * boxMuller(unit(bits)))",
        ref: (drawn, lane) => mean + std * gaussian(drawn, lane),
        a: mean,
        b: std,
      };
    }
    case "bernoulli":
      return {
        wgsl: "select(vec4<R>(0), vec4<R>(1), unit(bits) < vec4f(p.a))",
        ref: (drawn, lane) => (unit(drawn[lane] ?? 0) < Math.fround(distribution.p) ? 1 : 0),
        a: distribution.p,
      };
    case "integers": {
      const { low, high } = distribution;
      return {
        wgsl: "vec4<R>(p.low + vec4i(scaled(bits, p.span)))",
        ref: (drawn, lane) => low + mulHigh(drawn[lane] ?? 0, high - low),
        low,
        span: high - low,
      };
    }
    case "bits":
      return { wgsl: "vec4<R>(bits)", ref: (drawn, lane) => drawn[lane] ?? 0 };
  }
}

// Words 0 and 1 make two independent Gaussians, words 2 and 3 two more. The radius takes 1 - u, which is never 0.
const boxMuller = `
fn boxMuller(u: vec4f) -> vec4f {
  let radius = sqrt(-2.0 * log(1.0 - u.xz));
  let angle = 6.283185307179586 * u.yw;
  return radius.xxyy * sinQuarterTurns(angle.xxyy, vec4i(1, 0, 1, 0)); // cos, sin, cos, sin
}
`;

/** WGSL functions `boxMuller(u)`, four Gaussians from four numbers in [0, 1), and `sin4` and `cos4`. */
export const gaussianFunctions: string = trigonometry + boxMuller;

/** Gaussian `lane` of four random words, as the kernels draw it. */
export function gaussian(drawn: Words4, lane: number): number {
  const pair = lane < 2 ? 0 : 2;
  const radius = Math.sqrt(-2 * Math.log(1 - unit(drawn[pair] ?? 0)));
  const angle = 2 * Math.PI * unit(drawn[pair + 1] ?? 0);
  return radius * (lane % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
}

const scaled = `
fn scaled(bits: vec4u, span: u32) -> vec4u {
  return vec4u(mulHigh(bits.x, span), mulHigh(bits.y, span), mulHigh(bits.z, span), mulHigh(bits.w, span));
}
`;

/**
 * Random numbers, the same for the same key and stream on every adapter (integers and [0, 1) to the bit).
 * Buffers: key [2] u32 (seed, step), y [count] of `dtype`.
 *
 * @param stream which of a step's draws this is
 */
export function randomLaunch(distribution: Distribution, count: number, stream: number, dtype: ElementType): Launch {
  const row = rowOf(distribution);
  const line = `fn draw(bits: vec4u) -> vec4<R> { return ${row.wgsl}; }`;
  const shader = philoxFunctions + withFunction(source, "draw", line) + gaussianFunctions + scaled;
  const { a = 0, b = 0, low = 0, span = 0 } = row;
  return {
    kernel: kernel(`random/${distribution.kind}`, shader, { R: dtype }),
    params: words(count, stream, floatBits(a), floatBits(b), low, span),
    grid: grid1d(ceilDiv(count, 256)),
    bytes: elementBytes(dtype) * count,
    flops: 20 * count,
    reference: (key, y) => {
      const seed = [at(key, 0), at(key, 1)] as const;
      for (let i = 0; i < count; i++) y[i] = row.ref(philox([Math.floor(i / 4), stream, 0, 0], seed), i % 4);
    },
  };
}
