/** A value at an update. */
export interface Point {
  readonly step: number;
  readonly value: number;
}

/** The points of lines that have a finite value, by update; of several at one update, the last. */
export function seriesOf<L extends { readonly step: number }>(
  lines: readonly L[],
  pick: (line: L) => number | null | undefined,
): Point[] {
  const byStep = new Map<number, number>();
  for (const line of lines) {
    const value = pick(line);
    if (typeof value === "number" && Number.isFinite(value)) byStep.set(line.step, value);
  }
  return [...byStep].map(([step, value]) => ({ step, value })).sort((a, b) => a.step - b.step);
}

/**
 * At most about `2 * buckets` points that draw the same picture: the smallest and the largest of each stretch of updates,
 * and both ends.
 */
export function thin(points: readonly Point[], buckets = 400): Point[] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length <= 2 * buckets) return [...points];
  const width = (last.step - first.step) / buckets;
  const kept = new Set<Point>([first, last]);
  let bucket = -1;
  let [low, high] = [first, first];
  for (const point of points) {
    const own = Math.min(buckets - 1, Math.floor((point.step - first.step) / width));
    if (own !== bucket) {
      kept.add(low).add(high);
      [bucket, low, high] = [own, point, point];
    }
    if (point.value < low.value) low = point;
    if (point.value > high.value) high = point;
  }
  kept.add(low).add(high);
  return [...kept].sort((a, b) => a.step - b.step);
}

/** An exponential moving average over about a 150th of the points, without the pull of its start. */
export function smooth(points: readonly Point[]): Point[] {
  const keep = 1 - 1 / Math.max(1, points.length / 150);
  let [sum, weight] = [0, 0];
  return points.map(({ step, value }) => {
    sum = keep * sum + value;
    weight = keep * weight + 1;
    return { step, value: sum / weight };
  });
}

/** The same for rates: averages the time that each takes, so that a single fast one weighs little. */
export function smoothRate(points: readonly Point[]): Point[] {
  const inverted = (each: readonly Point[]): Point[] => each.map(({ step, value }) => ({ step, value: 1 / value }));
  return inverted(smooth(inverted(points.filter(({ value }) => value > 0))));
}
