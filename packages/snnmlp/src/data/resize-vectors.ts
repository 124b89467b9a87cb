import type { Area, Pixels } from "./pixels.js";
import { resizeModule } from "./resize-kernels.js";
import type { Taps } from "./resize-taps.js";

/** Both passes of a resize: bytes [rows, columns, channels] of the part `area` of a picture. */
export type ResizePasses = (source: Pixels, area: Area, columns: Taps, rows: Taps) => Uint8Array;

const page = 2 ** 16;
/** Source rows are copied in strips of about this many bytes, which stay in the cache and bound the memory. */
const stripBytes = 2 ** 18;

type Kernel = (...values: number[]) => void;

/**
 * The passes in WebAssembly vector code, or nothing where the engine has none (its answers are those of the plain loops).
 *
 * On a 500x375 RGB picture (Node 20, one shared x86 core) the evaluation's resize to 256 and crop to 224 takes 0.7 ms, where
 * tuned JavaScript takes 3.3 ms and libvips 1.2 ms; a random crop of 300x250 to 224 takes 0.5 ms (2.5 ms, 1.0 ms).
 */
export function vectorPasses(): ResizePasses | undefined {
  const bytes = resizeModule();
  if (!WebAssembly.validate(bytes)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new Error("internal: the resize module exports no memory");
  const kernel = (name: string): Kernel => {
    const found = exports[name];
    if (typeof found !== "function") throw new Error(`internal: the resize module exports no ${name}`);
    return found;
  };
  const kernels = { rows: { 1: kernel("rows1"), 3: kernel("rows3") }, columns: kernel("columns") };
  return (source, area, columns, rows) => run(memory, kernels, { source, area, columns, rows });
}

interface Kernels {
  readonly rows: Readonly<Record<1 | 3, Kernel>>;
  readonly columns: Kernel;
}

interface Work {
  readonly source: Pixels;
  readonly area: Area;
  readonly columns: Taps;
  readonly rows: Taps;
}

function run(memory: WebAssembly.Memory, kernels: Kernels, { source, area, columns, rows }: Work): Uint8Array {
  const { width, channels, data } = source;
  const firstRow = rows.starts[0] ?? 0;
  const lastRow = (rows.starts.at(-1) ?? 0) + (rows.counts.at(-1) ?? 0);
  const narrowRow = columns.starts.length * channels;
  const sourceRow = width * channels;
  const stripRows = Math.max(1, Math.floor(stripBytes / sourceRow));

  // What may be read or written past the end of a part.
  const slack = 16 * (1 + columns.stride);
  const columnStarts = page;
  const columnWeights = columnStarts + 4 * columns.starts.length;
  const rowWeights = columnWeights + 4 * columns.weights.length;
  const strip = rowWeights + 4 * rows.weights.length;
  const narrow = strip + stripRows * sourceRow + slack;
  const result = narrow + (lastRow - firstRow) * narrowRow + slack;
  const end = result + rows.starts.length * narrowRow + slack;
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / page));

  const offsets = columns.starts.map((start) => start * channels);
  new Int32Array(memory.buffer, columnStarts, offsets.length).set(offsets);
  new Int32Array(memory.buffer, columnWeights, columns.weights.length).set(columns.weights);
  new Int32Array(memory.buffer, rowWeights, rows.weights.length).set(rows.weights);
  const bytes = new Uint8Array(memory.buffer);
  for (let y = firstRow; y < lastRow; y += stripRows) {
    const height = Math.min(stripRows, lastRow - y);
    const from = (area.top + y) * sourceRow + area.left * channels;
    bytes.set(data.subarray(from, from + (height - 1) * sourceRow + area.width * channels), strip);
    const target = narrow + (y - firstRow) * narrowRow;
    const ends = strip + height * sourceRow;
    const taps = 4 * columns.stride;
    kernels.rows[channels](strip, sourceRow, ends, columnStarts, columnWeights, taps, columns.starts.length, target);
  }
  for (let y = 0; y < rows.starts.length; y++) {
    const from = narrow + ((rows.starts[y] ?? 0) - firstRow) * narrowRow;
    const weights = rowWeights + 4 * y * rows.stride;
    const to = result + y * narrowRow;
    kernels.columns(from, narrowRow, weights, weights + 4 * (rows.counts[y] ?? 0), to, to + narrowRow);
  }
  return bytes.slice(result, result + rows.starts.length * narrowRow);
}
