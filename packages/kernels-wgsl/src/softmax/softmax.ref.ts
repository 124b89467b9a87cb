import { at, type Reference } from "../launch.js";
import type { CrossEntropy, RowDims } from "./softmax.js";

/** max + log sum exp(x - max) of a row. */
function logSumExp(x: Float64Array, start: number, K: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < K; k++) most = Math.max(most, at(x, start + k));
  let sum = 0;
  for (let k = 0; k < K; k++) sum += Math.exp(at(x, start + k) - most);
  return most + Math.log(sum);
}

/** Buffers: x, y. */
export function softmaxReference({ R, K }: RowDims, log: boolean): Reference {
  return (x, y) => {
    for (let r = 0; r < R; r++) {
      const total = logSumExp(x, r * K, K);
      for (let i = r * K; i < (r + 1) * K; i++) y[i] = log ? at(x, i) - total : Math.exp(at(x, i) - total);
    }
  };
}

/** Buffers: y, dy, dx. */
export function softmaxBackwardReference({ R, K }: RowDims, log: boolean): Reference {
  return (y, dy, dx) => {
    for (let r = 0; r < R; r++) {
      let sum = 0;
      for (let i = r * K; i < (r + 1) * K; i++) sum += at(dy, i) * (log ? 1 : at(y, i));
      for (let i = r * K; i < (r + 1) * K; i++) {
        dx[i] = log ? at(dy, i) - Math.exp(at(y, i)) * sum : at(y, i) * (at(dy, i) - sum);
      }
    }
  };
}

/** Buffers: x, targets, dy, then loss [R] or dx [R, K]; when mixed, lambda and weights. */
export function crossEntropyReference({ R, K }: RowDims, options: CrossEntropy, gradient: boolean): Reference {
  const { smoothing, scale } = options;
  return (x, targets, dy, result, lambda, weights) => {
    for (let r = 0; r < R; r++) {
      const [share, factor] = options.mixed ? [at(lambda, r), at(weights, r)] : [1, 1];
      const label = options.targets === "f32" ? 0 : at(targets, r);
      const other = options.mixed ? at(targets, R - 1 - r) : 0;
      const known = (k: number): boolean => k >= 0 && k < K;
      const valid = known(label) && (share === 1 || known(other)) ? 0 : Number.NaN;
      const q = Array.from({ length: K }, (_, k) => {
        const labels = share * Number(label === k) + (1 - share) * Number(other === k);
        const t = options.targets === "f32" ? at(targets, r * K + k) : labels;
        return (1 - smoothing) * t + smoothing / K;
      });
      const total = logSumExp(x, r * K, K);
      if (gradient) {
        const weight = q.reduce((a, b) => a + b, 0);
        const seed = factor * at(dy, options.perRow ? r : 0) * scale + valid;
        for (const [k, each] of q.entries()) {
          const dx = (Math.exp(at(x, r * K + k) - total) * weight - each) * seed;
          result[r * K + k] = factor === 0 ? 0 : dx;
        }
      } else {
        const loss = q.reduce((sum, each, k) => sum + each * (total - at(x, r * K + k)), valid);
        result[r] = factor === 0 ? 0 : factor * loss;
      }
    }
  };
}
