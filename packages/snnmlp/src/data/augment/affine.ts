import type { Pixels } from "../pixels.js";
import type { Interpolation } from "../resize-taps.js";
import { cubicPixel, linearPixel } from "./sample.js";

/** Source position of a pixel: `x = a * x' + b * y' + c`, `y = d * x' + e * y' + f`, pixel centres at halves. */
export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** How geometric operations fill in. */
export interface Sampling {
  readonly interpolation: Interpolation;
  /** A byte per channel for what comes from outside the picture. */
  readonly fill: readonly number[];
}

/**
 * Moves a picture within its frame, to the byte what Pillow 9.4's `Image.transform(size, AFFINE, ...)` gives: pixels whose
 * source lies inside are interpolated (without antialiasing), the others get the fill colour.
 */
export function affine(source: Pixels, [a, b, c, d, e, f]: Matrix, { interpolation, fill }: Sampling): Pixels {
  const { width, height, channels } = source;
  const result = new Uint8Array(source.data.length);
  const sample = interpolation === "bicubic" ? cubicPixel : linearPixel;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += channels) {
      const fromX = a * (x + 0.5) + b * (y + 0.5) + c;
      const fromY = d * (x + 0.5) + e * (y + 0.5) + f;
      if (fromX >= 0 && fromX < width && fromY >= 0 && fromY < height) {
        sample(source, fromX - 0.5, fromY - 0.5, result, to);
      } else {
        for (let channel = 0; channel < channels; channel++) result[to + channel] = fill[channel] ?? 0;
      }
    }
  }
  return { ...source, data: result };
}

/** Shifts rows sideways by `factor` of their distance from the top. */
export const shearX = (picture: Pixels, factor: number, sampling: Sampling): Pixels =>
  affine(picture, [1, factor, 0, 0, 1, 0], sampling);

/** Shifts columns up or down by `factor` of their distance from the left. */
export const shearY = (picture: Pixels, factor: number, sampling: Sampling): Pixels =>
  affine(picture, [1, 0, 0, factor, 1, 0], sampling);

/** Moves to the left by a share of the width. */
export const translateX = (picture: Pixels, share: number, sampling: Sampling): Pixels =>
  affine(picture, [1, 0, share * picture.width, 0, 1, 0], sampling);

/** Moves up by a share of the height. */
export const translateY = (picture: Pixels, share: number, sampling: Sampling): Pixels =>
  affine(picture, [1, 0, 0, 0, 1, share * picture.height], sampling);

/** Turns counter-clockwise about the middle (Pillow's `Image.rotate` for angles other than quarter turns). */
export function rotate(picture: Pixels, degrees: number, sampling: Sampling): Pixels {
  const turn = degrees % 360 < 0 ? (degrees % 360) + 360 : degrees % 360;
  if (turn === 0) return picture;
  const angle = -turn * (Math.PI / 180);
  // Fifteen digits, as Pillow rounds them.
  const cos = Number(Math.cos(angle).toFixed(15));
  const sin = Number(Math.sin(angle).toFixed(15));
  const x = picture.width / 2;
  const y = picture.height / 2;
  return affine(picture, [cos, sin, cos * -x + sin * -y + x, -sin, cos, -sin * -x + cos * -y + y], sampling);
}
