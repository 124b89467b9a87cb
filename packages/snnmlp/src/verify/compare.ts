/** How far a computed tensor is from the one it should be. */
export interface Comparison {
  readonly name: string;
  readonly shape: readonly number[];
  /** Largest |actual - expected|. */
  readonly maxAbsolute: number;
  /** |actual - expected| over |expected|, in the measure the tolerance is stated in. */
  readonly relative: number;
  /** What `relative` may be at most. */
  readonly tolerance: number;
  readonly ok: boolean;
}

/** `max`: largest difference over the largest value. `norm`: Euclidean norm of the difference over that of the values. */
export type Measure = "max" | "norm";

/** Sums in float64, so that measuring adds no error of its own. A value that is not finite is infinitely far off. */
export function compare(
  name: string,
  shape: readonly number[],
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { tolerance, measure }: { readonly tolerance: number; readonly measure: Measure },
): Comparison {
  if (actual.length !== expected.length) {
    throw new Error(`internal: ${name} has ${actual.length} values computed, ${expected.length} expected`);
  }
  let maxAbsolute = 0;
  let largest = 0;
  let squaredError = 0;
  let squaredNorm = 0;
  for (let i = 0; i < expected.length; i++) {
    const value = expected[i] ?? Number.NaN;
    const error = Math.abs((actual[i] ?? Number.NaN) - value);
    maxAbsolute = Number.isFinite(error) ? Math.max(maxAbsolute, error) : Number.POSITIVE_INFINITY;
    largest = Math.max(largest, Math.abs(value));
    squaredError += error ** 2;
    squaredNorm += value ** 2;
    if (!Number.isFinite(maxAbsolute)) break;
  }
  const [error, scale] = measure === "max" ? [maxAbsolute, largest] : [Math.sqrt(squaredError), Math.sqrt(squaredNorm)];
  const relative = Number.isFinite(maxAbsolute) ? quotient(error, scale) : Number.POSITIVE_INFINITY;
  return { name, shape, maxAbsolute, relative, tolerance, ok: relative <= tolerance };
}

/** A tensor of zeros must come out as zeros. */
function quotient(error: number, scale: number): number {
  if (error === 0) return 0;
  return scale === 0 ? Number.POSITIVE_INFINITY : error / scale;
}

/** The comparison nearest to its tolerance, or furthest past it. */
export function worst(comparisons: readonly Comparison[]): Comparison | undefined {
  return comparisons.reduce<Comparison | undefined>(
    (far, next) => (far && far.relative / far.tolerance >= next.relative / next.tolerance ? far : next),
    undefined,
  );
}
