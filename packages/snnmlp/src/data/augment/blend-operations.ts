import type { Pixels } from "../pixels.js";
import { blended, luminance } from "./point-operations.js";

/** Blends with its own grey (0) or away from it (above 1); Pillow's `ImageEnhance.Color`. A grey picture stays as it is. */
export function color(picture: Pixels, factor: number): Pixels {
  const { channels, data } = picture;
  if (channels === 1) return picture;
  const grey = luminance(picture);
  const alpha = Math.fround(factor);
  const result = new Uint8Array(data.length);
  for (let pixel = 0, i = 0; pixel < grey.length; pixel++) {
    const base = grey[pixel] ?? 0;
    for (const end = i + 3; i < end; i++) result[i] = blended(base, data[i] ?? 0, alpha);
  }
  return { ...picture, data: result };
}

/** Blends with a smoothed copy (0) or away from it (above 1); Pillow's `ImageEnhance.Sharpness`. */
export function sharpness(picture: Pixels, factor: number): Pixels {
  const smooth = smoothed(picture);
  const alpha = Math.fround(factor);
  const result = new Uint8Array(smooth.length);
  for (let i = 0; i < result.length; i++) result[i] = blended(smooth[i] ?? 0, picture.data[i] ?? 0, alpha);
  return { ...picture, data: result };
}

/** The 3x3 mean with 5 of 13 in the middle, rounded; the border stays (Pillow's `ImageFilter.SMOOTH`). */
function smoothed({ width, height, channels, data }: Pixels): Uint8Array {
  const result = new Uint8Array(data); // a copy also of a Buffer, whose slice() is a view
  const row = width * channels;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * row + channels; i < (y + 1) * row - channels; i++) {
      const around = threeOf(data, i - row, channels) + threeOf(data, i, channels) + threeOf(data, i + row, channels);
      // A sum is whole, so that it is never near 6.5 mod 13: float32, as Pillow has it, rounds the same way.
      result[i] = ((around + 4 * (data[i] ?? 0) + 6.5) / 13) | 0;
    }
  }
  return result;
}

const threeOf = (data: Uint8Array, i: number, step: number): number =>
  (data[i - step] ?? 0) + (data[i] ?? 0) + (data[i + step] ?? 0);
