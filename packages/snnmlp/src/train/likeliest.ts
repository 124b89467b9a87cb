import { softmaxDenominator } from "./evaluate.js";
import { DivergedError } from "./not-finite-policy.js";

/** One class and how sure the model is of it. */
export interface Guess {
  readonly class: number;
  readonly probability: number;
}

/** The `count` likeliest classes of one image's scores, likeliest first. @throws DivergedError for scores that are no numbers */
export function likeliest(scores: Float32Array, count: number): Guess[] {
  if (!scores.every(Number.isFinite)) throw new DivergedError("the model's scores are not finite numbers");
  const largest = Math.max(...scores);
  const denominator = softmaxDenominator(scores);
  return Array.from(scores, (score, index) => ({ class: index, probability: Math.exp(score - largest) / denominator }))
    .sort((a, b) => b.probability - a.probability || a.class - b.class)
    .slice(0, count);
}
