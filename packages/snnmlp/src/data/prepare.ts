import { evalTransform } from "./augment/eval-transform.js";
import type { AugmentSettings } from "./augment/settings.js";
import { trainTransform } from "./augment/train-transform.js";
import type { Area, Pixels } from "./pixels.js";
import { resize } from "./resize.js";

/** How decoded images become a model's input; plain data, the same in every worker. */
export interface Preparation {
  /** Side of the result, in pixels. */
  readonly size: number;
  readonly channels: 1 | 3;
  /** Pixels of 0 on every side, around the whole image fitted into the rest; 0 for none. */
  readonly padding: number;
  /** What training images go through; without it they get the evaluation transform. */
  readonly augment?: { readonly settings: AugmentSettings; readonly seed: number };
}

/** One image as it stands in a batch. */
export interface PreparedImage {
  /** Bytes [size, size, channels]. */
  readonly data: Uint8Array;
  /** What random erasing is to fill after normalisation. */
  readonly erase?: Area;
}

/**
 * Prepares one image. The result depends on the arguments alone.
 *
 * @param exact an image that has the model's size already stays as it is; else it is scaled and cut like any other
 */
export function prepare(
  source: Pixels,
  { size, channels, padding, augment }: Preparation,
  key: { readonly epoch: number; readonly index: number },
  exact: boolean,
): PreparedImage {
  const coloured = withChannels(source, channels);
  const framed = padding > 0 ? inFrame(coloured, size, padding) : coloured;
  if (augment) {
    const { pixels, erase } = trainTransform(framed, { ...key, ...augment, size });
    return erase ? { data: pixels.data, erase } : { data: pixels.data };
  }
  const ready = framed.width === size && framed.height === size && (exact || padding > 0);
  return { data: ready ? framed.data : evalTransform(framed, { size }).data };
}

/** Grey repeated as colour, or colour as its luma (ITU-R 601-2, rounded as Pillow's `convert("L")`). */
export function withChannels(source: Pixels, channels: 1 | 3): Pixels {
  if (source.channels === channels) return source;
  const { width, height, data } = source;
  const pixels = width * height;
  const converted = new Uint8Array(pixels * channels);
  if (channels === 3) {
    for (let i = 0; i < pixels; i++) converted.fill(data[i] ?? 0, 3 * i, 3 * i + 3);
  } else {
    for (let i = 0; i < pixels; i++) {
      const [r = 0, g = 0, b = 0] = [data[3 * i], data[3 * i + 1], data[3 * i + 2]];
      converted[i] = (19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16;
    }
  }
  return { width, height, channels, data: converted };
}

/** The whole image as large as it fits inside the frame, in its middle. */
function inFrame(source: Pixels, size: number, padding: number): Pixels {
  const inner = size - 2 * padding;
  const scale = Math.min(inner / source.width, inner / source.height);
  const width = Math.max(1, Math.round(source.width * scale));
  const height = Math.max(1, Math.round(source.height * scale));
  const fits = width === source.width && height === source.height;
  const picture = fits ? source : resize(source, { width, height });
  const top = Math.floor((size - height) / 2);
  const left = Math.floor((size - width) / 2);
  const data = new Uint8Array(size * size * source.channels);
  const row = width * source.channels;
  for (let y = 0; y < height; y++) {
    data.set(picture.data.subarray(y * row, (y + 1) * row), ((top + y) * size + left) * source.channels);
  }
  return { width: size, height: size, channels: source.channels, data };
}
