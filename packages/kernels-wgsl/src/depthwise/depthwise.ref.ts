import { at, type Reference } from "../launch.js";
import type { DepthwiseDims } from "./depthwise.js";

/** Calls `visit` for every position and tap that lie inside the image: buffer indices of output and input, tap, channel. */
function forEachTap(dims: DepthwiseDims, visit: (output: number, input: number, tap: number, c: number) => void): void {
  const { B, H, W, C } = dims;
  const index = (b: number, h: number, w: number, c: number) => ((b * H + h) * W + w) * C + c;
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < H; h++) {
      for (let w = 0; w < W; w++) {
        for (let tap = 0; tap < 9; tap++) {
          const row = h + Math.floor(tap / 3) - 1;
          const column = w + (tap % 3) - 1;
          if (row < 0 || row >= H || column < 0 || column >= W) continue;
          for (let c = 0; c < C; c++) visit(index(b, h, w, c), index(b, row, column, c), tap, c);
        }
      }
    }
  }
}

/** Buffers: x, weight, bias (any buffer without one), y. */
export function convolveReference(dims: DepthwiseDims, hasBias: boolean): Reference {
  return (x, weight, bias, y) => {
    for (let k = 0; k < dims.B * dims.H * dims.W * dims.C; k++) y[k] = hasBias ? at(bias, k % dims.C) : 0;
    forEachTap(dims, (output, input, tap, c) => {
      y[output] = at(y, output) + at(x, input) * at(weight, tap * dims.C + c);
    });
  };
}

/** Buffers: dy, weight, any, dx. */
export function dxReference(dims: DepthwiseDims): Reference {
  return (dy, weight, _bias, dx) => {
    dx.fill(0, 0, dims.B * dims.H * dims.W * dims.C);
    forEachTap(dims, (output, input, tap, c) => {
      dx[input] = at(dx, input) + at(dy, output) * at(weight, tap * dims.C + c);
    });
  };
}

/** Buffers: x, dy, partials. The first part holds the ten sums, the others 0. */
export function weightsReference(dims: DepthwiseDims): Reference {
  return (x, dy, partials) => {
    partials.fill(0);
    forEachTap(dims, (output, input, tap, c) => {
      partials[tap * dims.C + c] = at(partials, tap * dims.C + c) + at(x, input) * at(dy, output);
    });
    for (let k = 0; k < dims.B * dims.H * dims.W * dims.C; k++) {
      const slot = 9 * dims.C + (k % dims.C);
      partials[slot] = at(partials, slot) + at(dy, k);
    }
  };
}

/** Buffers: partials [parts, 10, C], dweight, dbias. */
export function reduceReference(parts: number, C: number): Reference {
  return (partials, dweight, dbias) => {
    for (let column = 0; column < 10 * C; column++) {
      let sum = 0;
      for (let part = 0; part < parts; part++) sum += at(partials, part * 10 * C + column);
      if (column < 9 * C) dweight[column] = sum;
      else dbias[column - 9 * C] = sum;
    }
  };
}
