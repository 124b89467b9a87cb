import { at, type Reference } from "../launch.js";
import { philox } from "../random/philox.ref.js";
import { gaussian } from "../random/random.js";
import type { Erasing, ImageDims } from "./prepare.js";

/** Byte `index` of an array of u32 words, the first byte in a word's lowest bits. */
const byteAt = (packed: Float64Array, index: number): number =>
  Math.floor(at(packed, Math.floor(index / 4)) / 256 ** (index % 4)) % 256;

const normalised = (bytes: Float64Array, statistics: Float64Array, index: number, C: number): number =>
  (byteAt(bytes, index) - at(statistics, index % C)) / at(statistics, 4 * C + (index % C));

/** Buffers: bytes, statistics, y. */
export function normaliseReference({ B, H, W, C }: ImageDims): Reference {
  return (bytes, statistics, y) => {
    for (let i = 0; i < B * H * W * C; i++) y[i] = normalised(bytes, statistics, i, C);
  };
}

/** Buffers: bytes, statistics, erase, cut, lambda, key, y. */
export function augmentReference({ B, H, W, C }: ImageDims, { mode, stream }: Erasing): Reference {
  return (bytes, statistics, erase, cut, lambda, key, y) => {
    const seed = [at(key, 0), at(key, 1)] as const;
    const inside = (rectangles: Float64Array, b: number, row: number, column: number): boolean => {
      const [top = 0, left = 0, height = 0, width = 0] = rectangles.subarray(4 * b, 4 * b + 4);
      return row >= top && row < top + height && column >= left && column < left + width;
    };
    const value = (b: number, row: number, column: number, c: number): number => {
      const i = ((b * H + row) * W + column) * C + c;
      if (!inside(erase, b, row, column)) return normalised(bytes, statistics, i, C);
      if (mode === "const") return 0;
      if (mode === "pixel") return gaussian(philox([Math.floor(i / 4), stream, 0, 0], seed), i % 4);
      return gaussian(philox([b, stream, 1, Math.floor(c / 4)], seed), c % 4);
    };
    for (let b = 0; b < B; b++) {
      const [share, partner] = [at(lambda, b), B - 1 - b];
      const cuts = at(cut, 4 * b + 2) > 0;
      for (let row = 0; row < H; row++) {
        for (let column = 0; column < W; column++) {
          for (let c = 0; c < C; c++) {
            const own = value(b, row, column, c);
            const other = value(partner, row, column, c);
            const swapped = cuts && inside(cut, b, row, column);
            const mixed = cuts ? own : share * own + (1 - share) * other;
            y[((b * H + row) * W + column) * C + c] = swapped ? other : mixed;
          }
        }
      }
    }
  };
}
