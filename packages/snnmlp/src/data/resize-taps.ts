/** How a picture is resampled; both have support growing with the shrinking factor, so that nothing aliases. */
export type Interpolation = "bicubic" | "bilinear";

/** Bits after the binary point of a weight: 8 bits of pixel, 22 of weight and 2 for overshoot fill an int32. */
export const weightBits = 22;

/** The weighted sums that make an axis: output i is the sum over t of `weights[i * stride + t] * input[starts[i] + t]`. */
export interface Taps {
  /** First input position of each output position. */
  readonly starts: Int32Array;
  /** Number of input positions of each output position. */
  readonly counts: Int32Array;
  /** Weights in units of 2^-22. */
  readonly weights: Int32Array;
  /** Weights reserved for one output position, a multiple of 4; those past its count are 0. */
  readonly stride: number;
}

/** Keys' cubic convolution with a = -0.5 (IEEE ASSP 29, 1981), and the triangle; `radius` in input pixels at scale 1. */
const filters: Readonly<Record<Interpolation, { readonly radius: number; readonly at: (x: number) => number }>> = {
  bicubic: {
    radius: 2,
    at: (x) => {
      const r = Math.abs(x);
      if (r < 1) return (1.5 * r - 2.5) * r * r + 1;
      return r < 2 ? (((r - 5) * r + 8) * r - 4) * -0.5 : 0;
    },
  },
  bilinear: { radius: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
};

/**
 * The taps of `count` output positions from `first`, of an axis of `from` pixels resampled to `to`, as Pillow 9.4 computes
 * them: the filter is widened by the shrinking factor, cut at the borders, made to sum to 1 and rounded to 22 bits.
 */
export function resizeTaps(from: number, to: number, first: number, count: number, interpolation: Interpolation): Taps {
  const { radius, at } = filters[interpolation];
  const scale = from / to;
  const widening = Math.max(1, scale);
  const support = radius * widening;
  const inverse = 1 / widening;
  const starts = new Int32Array(count);
  const counts = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const center = (first + i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    starts[i] = start;
    counts[i] = Math.min(from, Math.trunc(center + support + 0.5)) - start;
  }
  const stride = 4 * Math.ceil(counts.reduce((a, b) => Math.max(a, b), 1) / 4);
  const weights = new Int32Array(count * stride);
  const exact = new Float64Array(stride);
  for (let i = 0; i < count; i++) {
    const center = (first + i + 0.5) * scale;
    const start = starts[i] ?? 0;
    const length = counts[i] ?? 0;
    let sum = 0;
    for (let t = 0; t < length; t++) {
      const weight = at((t + start - center + 0.5) * inverse);
      exact[t] = weight;
      sum += weight;
    }
    for (let t = 0; t < length; t++) {
      const weight = ((exact[t] ?? 0) / sum) * 2 ** weightBits;
      weights[i * stride + t] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
  }
  return { starts, counts, weights, stride };
}
