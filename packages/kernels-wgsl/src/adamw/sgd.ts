import { at, ceilDiv, grid1d, kernel, type Launch, words } from "../launch.js";
import source from "./sgd.wgsl";

/**
 * One SGD update with momentum, in place over flat f32 slabs of `count` numbers.
 * Buffers: param, velocity (both updated), grad, hyper [4] (lr, weight decay, momentum, 0), clip [1]: a factor on grad, and
 * below 0 nothing is updated.
 */
export function sgdLaunch(count: number): Launch {
  return {
    kernel: kernel("adamw/sgd", source),
    params: words(ceilDiv(count, 4)),
    grid: grid1d(ceilDiv(count, 256)),
    bytes: 20 * count,
    flops: 7 * count,
    reference: (param, velocity, grad, hyper, clip) => {
      const [lr = 0, decay = 0, momentum = 0] = hyper;
      if (at(clip, 0) < 0) return;
      for (let i = 0; i < count; i++) {
        const g = at(grad, i) * at(clip, 0) + decay * at(param, i);
        velocity[i] = momentum * at(velocity, i) + g;
        param[i] = at(param, i) - lr * at(velocity, i);
      }
    },
  };
}
