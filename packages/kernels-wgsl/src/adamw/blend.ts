import { at, ceilDiv, grid1d, kernel, type Launch, words } from "../launch.js";
import source from "./blend.wgsl";

/**
 * y = keep y + add x, in place over flat f32 slabs of `count` numbers; keep = 0 forgets y, also where it is no number.
 * Buffers: y (updated), x, factors [2] (keep, add).
 */
export function blendLaunch(count: number): Launch {
  return {
    kernel: kernel("adamw/blend", source),
    params: words(ceilDiv(count, 4)),
    grid: grid1d(ceilDiv(count, 256)),
    bytes: 12 * count,
    flops: 3 * count,
    reference: (y, x, factors) => {
      const [keep = 0, add = 0] = factors;
      for (let i = 0; i < count; i++) y[i] = (keep === 0 ? 0 : keep * at(y, i)) + add * at(x, i);
    },
  };
}
