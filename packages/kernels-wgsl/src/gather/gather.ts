import { type ElementType, elementBytes } from "../elementwise/dtypes.js";
import { at, ceilDiv, floatBits, grid1d, kernel, type Launch, type Profile, words } from "../launch.js";
import source from "./gather.wgsl";
import oneHotSource from "./one-hot.wgsl";
import scatterSource from "./scatter-add.wgsl";

/** The sizes of `y [outer, R, inner] = x [outer, N, inner]` at `index [R]`. */
export interface GatherDims {
  readonly outer: number;
  readonly N: number;
  readonly R: number;
  readonly inner: number;
}

const widthOf = (inner: number, profile: Profile): 1 | 4 => (inner % 4 === 0 && profile.kernels === "tuned" ? 4 : 1);

/** Rows of x by index, zeros for an index out of range. Buffers: x of `dtype`, index (u32 or i32), y of `dtype`. */
export function gatherLaunch(dims: GatherDims, dtype: ElementType, profile: Profile): Launch {
  const { outer, N, R, inner } = dims;
  const width = widthOf(inner, profile);
  const scalar = dtype === "f16" ? "f16" : "u32";
  const shader = (dtype === "f16" ? "enable f16;\n" : "") + source;
  return {
    kernel: kernel("gather/gather", shader, { T: width === 4 ? `vec4<${scalar}>` : scalar }),
    params: words(outer, N, R, inner / width),
    grid: grid1d(ceilDiv((outer * R * inner) / width, 64)),
    bytes: 2 * elementBytes(dtype) * outer * R * inner + 4 * R,
    flops: 0,
    reference: (x, index, y) => {
      for (let o = 0; o < outer; o++) {
        for (let r = 0; r < R; r++) {
          const row = at(index, r);
          for (let c = 0; c < inner; c++) {
            y[(o * R + r) * inner + c] = row >= 0 && row < N ? at(x, (o * N + row) * inner + c) : 0;
          }
        }
      }
    },
  };
}

/** The gradient of `gatherLaunch`, the same bits every time. Buffers: dy f32, index (u32 or i32), dx f32. */
export function scatterAddLaunch(dims: GatherDims, profile: Profile): Launch {
  const { outer, N, R, inner } = dims;
  const width = widthOf(inner, profile);
  return {
    kernel: kernel("gather/scatter-add", scatterSource, { V: width === 4 ? "vec4f" : "f32" }),
    params: words(outer, N, R, inner / width),
    grid: grid1d(ceilDiv((outer * N * inner) / width, 64)),
    bytes: 4 * outer * (R + N) * inner + 4 * R,
    flops: outer * R * inner,
    reference: (dy, index, dx) => {
      dx.fill(0, 0, outer * N * inner);
      for (let o = 0; o < outer; o++) {
        for (let r = 0; r < R; r++) {
          const row = at(index, r);
          if (row < 0 || row >= N) continue;
          for (let c = 0; c < inner; c++) {
            const to = (o * N + row) * inner + c;
            dx[to] = at(dx, to) + at(dy, (o * R + r) * inner + c);
          }
        }
      }
    },
  };
}

/** `y [R, classes]`: `on` at each row's index, `off` elsewhere. Buffers: index (u32 or i32), y f32. */
export function oneHotLaunch(R: number, classes: number, on: number, off: number): Launch {
  return {
    kernel: kernel("gather/one-hot", oneHotSource),
    params: words(R, classes, floatBits(on), floatBits(off)),
    grid: grid1d(ceilDiv(R * classes, 64)),
    bytes: 4 * R * (classes + 1),
    flops: 0,
    reference: (index, y) => {
      for (let i = 0; i < R * classes; i++) y[i] = at(index, Math.floor(i / classes)) === i % classes ? on : off;
    },
  };
}
