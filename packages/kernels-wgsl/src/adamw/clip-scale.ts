import { at, floatBits, kernel, type Launch, words } from "../launch.js";
import source from "./clip-scale.wgsl";
import scaledLoss from "./loss-scale.wgsl";

/** What the shader needs where the loss is not scaled. */
const plainLoss = "fn unscaled() -> f32 { return 1.0; }\nfn learn(finite: bool) {}\n";

/** Finite updates in a row after which the factor of the loss is doubled: PyTorch's. */
const growAfter = 2000;

/**
 * The factor that brings a gradient norm down to `maxNorm`, as `torch.nn.utils.clip_grad_norm_` computes it, or -1 when
 * the norm or one of `others` more values (a loss) is not finite: then the optimisers leave everything as it is.
 * Buffers: values [count + others] (the sum of squares of each slab of gradients, then the others), result [2]: the
 * factor, and the norm before clipping. With `scaled` a third: [2], what the loss was multiplied by, and updates since that
 * changed. Factor and norm are those without it; it is then adapted as PyTorch's `GradScaler` does.
 */
export function clipScaleLaunch(count: number, maxNorm: number, others = 0, scaled = false): Launch {
  const total = count + others;
  return {
    kernel: kernel(`adamw/clip-scale${scaled ? "+loss-scale" : ""}`, source + (scaled ? scaledLoss : plainLoss)),
    params: words(count, total, floatBits(maxNorm)),
    grid: [1, 1, 1],
    bytes: 4 * total + 8,
    flops: count + 3,
    reference: (values, result, state) => {
      const unscale = scaled ? 1 / at(state, 0) : 1;
      let sum = 0;
      let finite = true;
      for (let k = 0; k < count; k++) sum += at(values, k);
      for (let k = 0; k < total; k++) finite &&= Number.isFinite(at(values, k));
      const norm = Math.sqrt(sum) * unscale;
      finite &&= Number.isFinite(norm);
      result[0] = finite ? Math.min(1, maxNorm / (norm + 1e-6)) * unscale : -1;
      result[1] = norm;
      if (scaled) learn(state, finite);
    },
  };
}

function learn(state: Float64Array, finite: boolean): void {
  const count = finite ? at(state, 1) + 1 : 0;
  const grown = count === growAfter;
  state[0] = finite ? (grown ? 2 : 1) * at(state, 0) : Math.max(1, at(state, 0) / 2);
  state[1] = grown ? 0 : count;
}
