import { type Area, cropped, type Pixels } from "../pixels.js";
import { resize } from "../resize.js";
import type { PictureRandom } from "./picture-random.js";

/** Python's `round`: halves go to the even neighbour. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * The part of a picture that a random resized crop takes: an area of `scale` of it, with an aspect ratio (width / height)
 * log-uniform in `ratio`; after ten that do not fit, the largest middle part whose ratio is allowed (timm 0.3.2,
 * `RandomResizedCropAndInterpolation.get_params`).
 */
export function randomCropArea(
  { width, height }: Pick<Pixels, "width" | "height">,
  { scale, ratio }: { readonly scale: readonly [number, number]; readonly ratio: readonly [number, number] },
  random: PictureRandom,
): Area {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = random.uniform(...scale) * width * height;
    const aspect = Math.exp(random.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    // At least a pixel: of a picture of a few pixels, a twelfth rounds to none.
    const w = Math.max(1, roundHalfToEven(Math.sqrt(area * aspect)));
    const h = Math.max(1, roundHalfToEven(Math.sqrt(area / aspect)));
    if (w <= width && h <= height) {
      const top = random.integer(0, height - h);
      const left = random.integer(0, width - w);
      return { left, top, width: w, height: h };
    }
  }
  const whole = width / height;
  const w = whole > ratio[1] ? Math.max(1, roundHalfToEven(height * ratio[1])) : width;
  const h = whole < ratio[0] ? Math.max(1, roundHalfToEven(width / ratio[0])) : height;
  return { left: Math.floor((width - w) / 2), top: Math.floor((height - h) / 2), width: w, height: h };
}

/** The middle of a picture (torchvision's `CenterCrop`, which rounds halves to even). */
export function centerArea({ width, height }: Pick<Pixels, "width" | "height">, size: number): Area {
  const left = roundHalfToEven((width - size) / 2);
  return { left, top: roundHalfToEven((height - size) / 2), width: size, height: size };
}

/**
 * Whether a picture is small and has a model's size already: the authors (`data/build.py`) do not scale images where a model
 * takes 32 pixels or less, neither in training nor in evaluation, which needs pictures of just that size.
 */
export const fitsUnscaled = ({ width, height }: Pick<Pixels, "width" | "height">, size: number): boolean =>
  size <= 32 && width === size && height === size;

const border = 4;

/**
 * A random square of a picture with 4 black pixels around it (torchvision's `RandomCrop(size, padding=4)`). A picture too
 * small for that is first scaled until its shorter side is `size`.
 */
export function paddedCrop(source: Pixels, size: number, random: PictureRandom): Pixels {
  const { width, height } = source;
  const shorter = Math.min(width, height);
  const scale = shorter + 2 * border < size ? size / shorter : 1;
  const picture =
    scale === 1 ? source : resize(source, { width: Math.round(width * scale), height: Math.round(height * scale) });
  const padded = framed(picture);
  const top = random.integer(0, padded.height - size);
  const left = random.integer(0, padded.width - size);
  return cropped(padded, { left, top, width: size, height: size });
}

/** A picture with black around it. */
function framed({ width, height, channels, data }: Pixels): Pixels {
  const row = (width + 2 * border) * channels;
  const result = new Uint8Array(row * (height + 2 * border));
  for (let y = 0; y < height; y++) {
    result.set(data.subarray(y * width * channels, (y + 1) * width * channels), (y + border) * row + border * channels);
  }
  return { width: width + 2 * border, height: height + 2 * border, channels, data: result };
}
