import { at, floatBits, kernel, type Launch, words } from "../launch.js";
import source from "./clip-scale.wgsl";

/**
 * The factor that brings a gradient norm down to `maxNorm`, as `torch.nn.utils.clip_grad_norm_` computes it, or -1 when
 * the norm or one of `others` more values (a loss) is not finite: then the optimisers leave everything as it is.
 * Buffers: values [count + others] (the sum of squares of each slab of gradients, then the others), result [2]: the
 * factor, and the norm before clipping.
 */
export function clipScaleLaunch(count: number, maxNorm: number, others = 0): Launch {
  const total = count + others;
  return {
    kernel: kernel("adamw/clip-scale", source),
    params: words(count, total, floatBits(maxNorm)),
    grid: [1, 1, 1],
    bytes: 4 * total + 8,
    flops: count + 3,
    reference: (values, result) => {
      let sum = 0;
      let finite = true;
      for (let k = 0; k < count; k++) sum += at(values, k);
      for (let k = 0; k < total; k++) finite &&= Number.isFinite(at(values, k));
      const norm = Math.sqrt(sum);
      result[0] = finite && Number.isFinite(norm) ? Math.min(1, maxNorm / (norm + 1e-6)) : -1;
      result[1] = norm;
    },
  };
}
