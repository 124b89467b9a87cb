import type { Pixels } from "../pixels.js";
import { resize } from "../resize.js";
import type { Interpolation } from "../resize-taps.js";
import { centerArea, fitsUnscaled } from "./crop.js";

/** Size and cut of the evaluation transform. */
export interface EvalOptions {
  /** Side of the result, in pixels. */
  readonly size: number;
  /** `size` as a share of the scaled shorter side, at most 1; 0.875 (224 of 256) as the authors have it. */
  readonly cropPct?: number;
  readonly interpolation?: Interpolation;
}

/**
 * Scales the shorter side to `size / cropPct` (256 for 224) by Pillow's antialiased bicubic and takes the middle: the authors'
 * evaluation, rounded as torchvision rounds. A picture that `fitsUnscaled` stays as it is.
 *
 * @returns [size, size, channels] as in `source`
 * @throws RangeError when cropPct is not in (0, 1]
 */
export function evalTransform(source: Pixels, options: EvalOptions): Pixels {
  const { size, cropPct = 0.875, interpolation = "bicubic" } = options;
  if (!(cropPct > 0 && cropPct <= 1)) {
    throw new RangeError(`evalTransform: cropPct is above 0 and at most 1, got ${cropPct}`);
  }
  if (fitsUnscaled(source, size)) return source;
  const shorter = Math.floor(size / cropPct);
  const { width, height } = source;
  const scaled =
    width < height
      ? { width: shorter, height: Math.trunc((shorter * height) / width) }
      : { width: Math.trunc((shorter * width) / height), height: shorter };
  return resize(source, { ...scaled, interpolation, keep: centerArea(scaled, size) });
}
