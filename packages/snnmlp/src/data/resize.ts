import { type Area, areaOf, type Pixels } from "./pixels.js";
import { type Interpolation, resizeTaps, type Taps, weightBits } from "./resize-taps.js";

/** What to resize, to which size, and which part of the result is wanted. */
export interface ResizeOptions {
  /** Width of the whole result, in pixels. */
  readonly width: number;
  /** Height of the whole result, in pixels. */
  readonly height: number;
  readonly interpolation?: Interpolation;
  /** The part of the source that is resized, as if it were all there is; the whole by default. */
  readonly from?: Area;
  /** The part of the result that is computed and returned; the whole by default. */
  readonly keep?: Area;
}

/**
 * Resizes with antialiasing, to the byte what Pillow 9.4's `Image.resize` gives: first along the rows, rounded to bytes, then
 * along the columns.
 *
 * libvips' own `kernel: "cubic"` (sharp 0.35, `fastShrinkOnLoad: false`) is no substitute: on eight photographs of 451x300 to
 * 1411x1411 it is 0.17 to 0.41 of 255 away from Pillow in the mean and up to 6 at most when the shorter side becomes 256, and
 * 0.3 to 1.2, at most 13, when it becomes 36 or 64.
 */
export function resize(source: Pixels, options: ResizeOptions): Pixels {
  const { width, height, interpolation = "bicubic", from = areaOf(source) } = options;
  const keep = options.keep ?? areaOf({ width, height });
  const columns = resizeTaps(from.width, width, keep.left, keep.width, interpolation);
  const rows = resizeTaps(from.height, height, keep.top, keep.height, interpolation);
  const firstRow = rows.starts[0] ?? 0;
  const lastRow = (rows.starts[keep.height - 1] ?? 0) + (rows.counts[keep.height - 1] ?? 0);
  const needed = { ...from, top: from.top + firstRow, height: lastRow - firstRow };
  const narrow = alongRows(source, needed, columns);
  const data = alongColumns(narrow, keep.width * source.channels, firstRow, rows);
  return { width: keep.width, height: keep.height, channels: source.channels, data };
}

const half = 1 << (weightBits - 1);

/** Bytes [area.height, columns, channels]. */
function alongRows({ width, channels, data }: Pixels, area: Area, columns: Taps): Uint8ClampedArray {
  const { starts, counts, weights, stride } = columns;
  const narrow = new Uint8ClampedArray(area.height * starts.length * channels);
  let to = 0;
  for (let y = 0; y < area.height; y++) {
    const row = ((area.top + y) * width + area.left) * channels;
    for (let x = 0; x < starts.length; x++) {
      const end = x * stride + (counts[x] ?? 0);
      for (let c = 0; c < channels; c++) {
        let pixel = row + (starts[x] ?? 0) * channels + c;
        let sum = half;
        for (let t = x * stride; t < end; t++, pixel += channels) sum += Math.imul(data[pixel] ?? 0, weights[t] ?? 0);
        narrow[to++] = sum >> weightBits;
      }
    }
  }
  return narrow;
}

/** Bytes [rows, rowLength] from rows that begin at `firstRow`. */
function alongColumns(narrow: Uint8ClampedArray, rowLength: number, firstRow: number, rows: Taps): Uint8Array {
  const { starts, counts, weights, stride } = rows;
  const result = new Uint8ClampedArray(starts.length * rowLength);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < starts.length; y++) {
    sums.fill(half);
    for (let t = 0; t < (counts[y] ?? 0); t++) {
      const weight = weights[y * stride + t] ?? 0;
      const row = ((starts[y] ?? 0) - firstRow + t) * rowLength;
      for (let i = 0; i < rowLength; i++) sums[i] = (sums[i] ?? 0) + Math.imul(narrow[row + i] ?? 0, weight);
    }
    for (let i = 0; i < rowLength; i++) result[y * rowLength + i] = (sums[i] ?? 0) >> weightBits;
  }
  return new Uint8Array(result.buffer);
}
