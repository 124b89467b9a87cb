/** Learning rate of update `step`, counted from 0. */
export type Schedule = (step: number) => number;

/**
 * The authors' schedule: linear from `warmup` to `base` over `warmupSteps` updates, then a cosine to `min` whose phase
 * counts from update 0, so the warm-up is cut out of it and not put before it (timm's `CosineLRScheduler`).
 */
export function warmupCosine(options: {
  readonly base: number;
  /** Rate of the first update. */
  readonly warmup: number;
  /** Rate after the last update. */
  readonly min: number;
  readonly warmupSteps: number;
  readonly steps: number;
}): Schedule {
  const { base, warmup, min, warmupSteps, steps } = options;
  return (step) => {
    if (step < warmupSteps) return warmup + (step * (base - warmup)) / warmupSteps;
    return min + 0.5 * (base - min) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps));
  };
}

/**
 * The authors' other schedule: linear from `warmup` to `base` over `warmupSteps` updates, then `base` times `decayRate`
 * for every whole `decaySteps` since update 0 (timm's `StepLRScheduler`).
 */
export function warmupStep(options: {
  readonly base: number;
  /** Rate of the first update. */
  readonly warmup: number;
  readonly warmupSteps: number;
  readonly decaySteps: number;
  readonly decayRate: number;
}): Schedule {
  const { base, warmup, warmupSteps, decaySteps, decayRate } = options;
  return (step) => {
    if (step < warmupSteps) return warmup + (step * (base - warmup)) / warmupSteps;
    return base * decayRate ** Math.floor(step / decaySteps);
  };
}

/**
 * One cycle (Smith, arXiv 1708.07120) as PyTorch's `OneCycleLR` draws it: a half cosine from `max / 25` up to `max` over the
 * first 30 % of the updates, and another down to `max / 250,000` at the last one.
 */
export function oneCycle({ max, steps }: { readonly max: number; readonly steps: number }): Schedule {
  const first = max / 25;
  const last = first / 1e4;
  const peak = 0.3 * steps - 1;
  const between = (from: number, to: number, share: number): number =>
    to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
  return (step) => {
    if (step <= peak) return between(first, max, step / peak);
    return between(max, last, Math.min(1, (step - peak) / Math.max(1, steps - 1 - peak)));
  };
}
