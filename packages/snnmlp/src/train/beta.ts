/** Uniform numbers in [0, 1). */
export type Uniform = () => number;

/** A standard Gaussian (Box and Muller). */
function gaussian(uniform: Uniform): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
  return radius * Math.cos(2 * Math.PI * uniform());
}

/** A Gamma(shape, 1) number for shape >= 1 (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000). */
function gamma(shape: number, uniform: Uniform): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = gaussian(uniform);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - uniform()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}

/**
 * A number in [0, 1] from the symmetric beta distribution Beta(alpha, alpha), alpha > 0: X / (X + Y) of two gammas. They
 * are kept as logarithms, so that a small alpha, whose gammas are below the smallest double, still gives 0 or 1 and not NaN.
 */
export function beta(alpha: number, uniform: Uniform): number {
  // Gamma(a) is Gamma(a + 1) U^(1/a).
  const logGamma = (): number => Math.log(gamma(alpha + 1, uniform)) + Math.log(1 - uniform()) / alpha;
  const [x, y] = [logGamma(), logGamma()];
  return 1 / (1 + Math.exp(y - x));
}
