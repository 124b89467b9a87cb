import { at, ceilDiv, grid1d, kernel, type Launch, type Reference, words } from "../launch.js";
import source from "./adamw.wgsl";

/** What an AdamW update needs besides its slabs. */
export interface AdamWHyper {
  /** Learning rate. */
  readonly lr: number;
  /** Decoupled: parameters shrink by `lr * weightDecay` before the step. */
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** Updates made, this one included: 1 for the first. */
  readonly step: number;
  /** Leaves parameters and moments as they are. */
  readonly hold?: boolean;
}

/** The 8 numbers of the kernel's hyperparameter buffer; 1 - beta is formed here because in f32 it would lose digits. */
export function adamwHyper({ lr, weightDecay, beta1, beta2, eps, step, hold }: AdamWHyper): number[] {
  const corrections = [1 - beta1 ** step, Math.sqrt(1 - beta2 ** step)];
  return [lr, weightDecay, 1 - beta1, 1 - beta2, eps, ...corrections, hold ? 1 : 0];
}

/**
 * One AdamW update in place over flat f32 slabs of `count` numbers.
 * Buffers: param, m, v (all three updated), grad, hyper [8] (see `adamwHyper`), clip [1]: a factor on grad; 1 leaves it, and
 * below 0 nothing is updated (see `clipScaleLaunch`).
 */
export function adamwLaunch(count: number): Launch {
  return {
    kernel: kernel("adamw/adamw", source),
    params: words(ceilDiv(count, 4)),
    grid: grid1d(ceilDiv(count, 256)),
    bytes: 28 * count,
    flops: 14 * count,
    reference: adamwReference(count),
  };
}

function adamwReference(count: number): Reference {
  return (param, m, v, grad, hyper, clip) => {
    const [lr = 0, decay = 0, alpha1 = 0, alpha2 = 0, eps = 0, correction1 = 1, correction2 = 1, hold = 0] = hyper;
    if (hold !== 0 || at(clip, 0) < 0) return;
    for (let i = 0; i < count; i++) {
      const g = at(grad, i) * at(clip, 0);
      const mean = (1 - alpha1) * at(m, i) + alpha1 * g;
      const square = (1 - alpha2) * at(v, i) + alpha2 * g * g;
      m[i] = mean;
      v[i] = square;
      param[i] = at(param, i) * (1 - lr * decay) - (lr * mean) / correction1 / (Math.sqrt(square) / correction2 + eps);
    }
  };
}
