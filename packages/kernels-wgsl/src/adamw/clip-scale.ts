import { at, floatBits, kernel, type Launch, words } from "../launch.js";
import source from "./clip-scale.wgsl";

/**
 * The factor that brings a gradient norm down to `maxNorm`, as `torch.nn.utils.clip_grad_norm_` computes it.
 * Buffers: squares [count] (the sum of squares of each slab of gradients), result [2]: scale, and the norm before clipping.
 */
export function clipScaleLaunch(count: number, maxNorm: number): Launch {
  return {
    kernel: kernel("adamw/clip-scale", source),
    params: words(count, floatBits(maxNorm)),
    grid: [1, 1, 1],
    bytes: 4 * count + 8,
    flops: count + 3,
    reference: (squares, result) => {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += at(squares, k);
      result[0] = Math.min(1, maxNorm / (Math.sqrt(sum) + 1e-6));
      result[1] = Math.sqrt(sum);
    },
  };
}
