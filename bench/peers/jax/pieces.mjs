import { jax } from "./backend.mjs";

/**
 * jax-js compiles an expression into one kernel per result, and cuts it wherever a value is used twice. So what is cheap to
 * compute (a view, a normalised value) is traced afresh for each use, and only what is dear is shared. Every use of an array
 * takes a reference: `x.ref`.
 */
const { numpy: np, lax } = jax;

/** The cumulative normal distribution. */
const cdf = (x) => lax.erfc(x.mul(-Math.SQRT1_2)).mul(0.5);

/** z cdf(z) */
export const gelu = (z) => z.ref.mul(cdf(z));

/** cdf(z) + z exp(-z z / 2) / sqrt(2 pi) */
export function geluSlope(z) {
  const bell = np.exp(z.ref.mul(z.ref).mul(-0.5)).mul(1 / Math.sqrt(2 * Math.PI));
  return cdf(z.ref).add(bell.mul(z));
}

/** GroupNorm(1, C) of what `view` traces, [C, B, N]: `hat` is normalised, traced afresh. */
export function normalise(view, C, B, N) {
  const perSample = (value) => value.ref.reshape([1, B, 1]);
  const mean = view()
    .sum([0, 2])
    .mul(1 / (C * N));
  const offset = view().sub(perSample(mean));
  const variance = offset.ref
    .mul(offset)
    .sum([0, 2])
    .mul(1 / (C * N));
  const rstd = np.reciprocal(np.sqrt(variance.add(1e-5)));
  return { hat: () => view().sub(perSample(mean)).mul(perSample(rstd)), rstd, perSample };
}

/**
 * Gradients of gamma h + beta with h = hat(): dx = rstd (dy gamma - mean(dy gamma) - h mean(dy gamma h)).
 * `dy` and `gamma` trace afresh.
 */
export function normGradients({ hat, rstd, perSample }, gamma, dy, C, B, N) {
  const scaled = () => dy().mul(gamma().reshape([C, 1, 1]));
  const mean = (sum) => sum.mul(1 / (C * N));
  let sums;
  if (C * B * N > 400_000) {
    // Over much data: sums per channel and sample first, everything else from those.
    const [plain, weighted] = [dy().sum(2), dy().mul(hat()).sum(2)];
    const over = (s) => mean(s.ref.mul(gamma().reshape([C, 1])).sum(0));
    sums = { gamma: weighted.ref.sum(1), beta: plain.ref.sum(1), m1: over(plain), m2: over(weighted) };
  } else {
    sums = {
      gamma: dy().mul(hat()).sum([1, 2]),
      beta: dy().sum([1, 2]),
      m1: mean(scaled().sum([0, 2])),
      m2: mean(scaled().mul(hat()).sum([0, 2])),
    };
  }
  const dx = scaled()
    .sub(perSample(sums.m1))
    .sub(hat().mul(perSample(sums.m2)))
    .mul(perSample(rstd));
  return { gamma: sums.gamma, beta: sums.beta, dx };
}

/**
 * w [O, K] x [K, M]. Its register tile wants M in fours, so other sizes are padded; `maximum` makes that a copy, for the
 * tile does not take a padded view.
 */
export function product(w, x) {
  const [, M] = x.shape;
  if (M % 4 === 0 || M < 32) return np.matmul(w, x);
  const wide = np.maximum(
    np.pad(x, [
      [0, 0],
      [0, (8 - (M % 8)) % 8],
    ]),
    -3.4e38,
  );
  return np.matmul(w, wide).slice([], [0, M]);
}

/** A depthwise 3x3 convolution of x [C, B, 1, H, W] with w [C, 1, 1, 3, 3]; of other shapes it gives the filter's gradient. */
export const convolve = jax.vmap(
  (x, w) =>
    lax.convGeneralDilated(
      x,
      w,
      [1, 1],
      [
        [1, 1],
        [1, 1],
      ],
    ),
  [0, 0],
);
