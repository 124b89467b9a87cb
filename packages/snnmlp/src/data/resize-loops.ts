import { type Taps, weightBits } from "./resize-taps.js";
import type { ResizePasses } from "./resize-vectors.js";

const half = 1 << (weightBits - 1);

/** The passes as plain loops: what the vector code must equal to the byte, and what runs where there is none. */
export const loopPasses: ResizePasses = ({ width, channels, data }, area, columns, rows) => {
  const narrowRow = columns.starts.length * channels;
  const narrow = new Uint8ClampedArray(area.height * narrowRow);
  for (let y = 0; y < area.height; y++) {
    const from = ((area.top + y) * width + area.left) * channels;
    for (let x = 0; x < columns.starts.length; x++) {
      for (let c = 0; c < channels; c++) {
        narrow[y * narrowRow + x * channels + c] = weighted(data, from + c, channels, columns, x);
      }
    }
  }
  const result = new Uint8ClampedArray(rows.starts.length * narrowRow);
  for (let y = 0; y < rows.starts.length; y++) {
    for (let i = 0; i < narrowRow; i++) result[y * narrowRow + i] = weighted(narrow, i, narrowRow, rows, y);
  }
  return new Uint8Array(result.buffer);
};

/** Output `output` of an axis whose positions are `step` bytes apart, from `first`. */
function weighted(
  bytes: Uint8Array | Uint8ClampedArray,
  first: number,
  step: number,
  { starts, counts, weights, stride }: Taps,
  output: number,
): number {
  let sum = half;
  let at = first + (starts[output] ?? 0) * step;
  const end = output * stride + (counts[output] ?? 0);
  for (let t = output * stride; t < end; t++, at += step) sum += Math.imul(bytes[at] ?? 0, weights[t] ?? 0);
  return sum >> weightBits;
}
