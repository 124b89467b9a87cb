import { at, ceilDiv, grid1d, kernel, type Launch, words } from "../launch.js";
import source from "./cumsum.wgsl";

/** The sizes of `x` and `y [outer, N, inner]`, summed along N. */
export interface CumsumDims {
  readonly outer: number;
  readonly N: number;
  readonly inner: number;
}

/** Running sums from the first element on, or from the last with `reverse`. Buffers: x, y, both [outer, N, inner] f32. */
export function cumsumLaunch({ outer, N, inner }: CumsumDims, reverse: boolean): Launch {
  return {
    kernel: kernel("cumsum/lines", source, { REVERSE: reverse }),
    params: words(outer, N, inner),
    grid: grid1d(ceilDiv(outer * inner, 64)),
    bytes: 8 * outer * N * inner,
    flops: 2 * outer * N * inner,
    reference: (x, y) => {
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) {
          let sum = 0;
          for (let step = 0; step < N; step++) {
            const index = (o * N + (reverse ? N - 1 - step : step)) * inner + i;
            sum += at(x, index);
            y[index] = sum;
          }
        }
      }
    },
  };
}
