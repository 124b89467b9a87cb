import type { Pixels } from "../pixels.js";

/** Keys' cubic through four neighbours (a = -1), in the order of operations of Pillow's `Geometry.c`. */
function cubic(v1: number, v2: number, v3: number, v4: number, d: number): number {
  const p2 = -v1 + v3;
  const p3 = 2 * (v1 - v2) + v3 - v4;
  const p4 = -v1 + v2 - v3 + v4;
  return v2 + d * (p2 + d * (p3 + d * p4));
}

const inside = (value: number, size: number): number => (value < 0 ? 0 : value < size ? value : size - 1);

/** A pixel at (x, y), pixel centres at whole numbers, by bicubic interpolation; written to `result` from `to`. */
export function cubicPixel(source: Pixels, x: number, y: number, result: Uint8Array, to: number): void {
  const { width, height, channels, data } = source;
  const column = Math.floor(x);
  const row = Math.floor(y);
  const dx = x - column;
  const dy = y - row;
  const x0 = inside(column - 1, width) * channels;
  const x1 = inside(column, width) * channels;
  const x2 = inside(column + 1, width) * channels;
  const x3 = inside(column + 2, width) * channels;
  const length = width * channels;
  const y0 = inside(row - 1, height) * length;
  const y1 = inside(row, height) * length;
  const y2 = inside(row + 1, height) * length;
  const y3 = inside(row + 2, height) * length;
  // Shears and shifts, most of what is asked for, keep to a row or a column: one cubic where a rotation takes five.
  if (dy === 0) {
    for (let c = 0; c < channels; c++) {
      const at = y1 + c;
      result[to + c] = byteOf(
        ofBytes(data[at + x0] ?? 0, data[at + x1] ?? 0, data[at + x2] ?? 0, data[at + x3] ?? 0, dx),
      );
    }
    return;
  }
  if (dx === 0) {
    for (let c = 0; c < channels; c++) {
      const at = x1 + c;
      result[to + c] = byteOf(
        ofBytes(data[y0 + at] ?? 0, data[y1 + at] ?? 0, data[y2 + at] ?? 0, data[y3 + at] ?? 0, dy),
      );
    }
    return;
  }
  for (let c = 0; c < channels; c++) {
    const above = alongRow(data, y0 + c, x0, x1, x2, x3, dx);
    const own = alongRow(data, y1 + c, x0, x1, x2, x3, dx);
    const below = alongRow(data, y2 + c, x0, x1, x2, x3, dx);
    const last = alongRow(data, y3 + c, x0, x1, x2, x3, dx);
    result[to + c] = byteOf(cubic(above, own, below, last, dy));
  }
}

function alongRow(data: Uint8Array, y: number, x0: number, x1: number, x2: number, x3: number, dx: number): number {
  return ofBytes(data[y + x0] ?? 0, data[y + x1] ?? 0, data[y + x2] ?? 0, data[y + x3] ?? 0, dx);
}

/** The same through four bytes, whose differences are whole numbers and added as such. */
function ofBytes(v1: number, v2: number, v3: number, v4: number, d: number): number {
  const p2 = (v3 - v1) | 0;
  const p3 = (2 * (v1 - v2) + v3 - v4) | 0;
  const p4 = (v2 - v1 + v4 - v3) | 0;
  return v2 + d * (p2 + d * (p3 + d * p4));
}

const byteOf = (value: number): number => (value <= 0 ? 0 : value >= 255 ? 255 : value | 0);

/** The same by bilinear interpolation. */
export function linearPixel(source: Pixels, x: number, y: number, result: Uint8Array, to: number): void {
  const { width, height, channels, data } = source;
  const column = Math.floor(x);
  const row = Math.floor(y);
  const dx = x - column;
  const dy = y - row;
  const left = inside(column, width) * channels;
  const right = inside(column + 1, width) * channels;
  const upper = inside(row, height) * width * channels;
  const lower = inside(row + 1, height) * width * channels;
  for (let c = 0; c < channels; c++) {
    const a = data[upper + left + c] ?? 0;
    const b = data[lower + left + c] ?? 0;
    const above = a + ((data[upper + right + c] ?? 0) - a) * dx;
    const below = b + ((data[lower + right + c] ?? 0) - b) * dx;
    result[to + c] = (above + (below - above) * dy) | 0;
  }
}
