import { type ElementType, elementBytes } from "../elementwise/dtypes.js";
import { at, ceilDiv, grid1d, kernel, type Launch, type Reference, words } from "../launch.js";
import source from "./argmax.wgsl";
import type { ReduceDims } from "./reduce.js";

/** Index along the axis of the largest (`max`) or smallest (`min`) value, the first of equals. Buffers: x, y (u32). */
export function argmaxLaunch(which: "max" | "min", dims: ReduceDims, dtype: ElementType): Launch {
  const { outer, length, inner } = dims;
  return {
    kernel: kernel("reduce/argmax", source, { T: dtype, MIN: which === "min" }),
    params: words(outer, length, inner),
    grid: grid1d(ceilDiv(outer * inner, 64)),
    bytes: outer * inner * (length * elementBytes(dtype) + 4),
    flops: outer * inner * length,
    reference: argmaxReference(which, dims),
  };
}

function argmaxReference(which: "max" | "min", { outer, length, inner }: ReduceDims): Reference {
  const sign = which === "max" ? 1 : -1;
  return (x, y) => {
    for (let o = 0; o < outer; o++) {
      for (let c = 0; c < inner; c++) {
        let best = 0;
        for (let r = 1; r < length; r++) {
          const [value, leader] = [at(x, (o * length + r) * inner + c), at(x, (o * length + best) * inner + c)];
          if (sign * value > sign * leader) best = r;
        }
        y[o * inner + c] = best;
      }
    }
  };
}
