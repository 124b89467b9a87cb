import { type Area, flippedHorizontally, flippedVertically, type Pixels } from "../pixels.js";
import { resize } from "../resize.js";
import type { Sampling } from "./affine.js";
import { colorJitter } from "./color-jitter.js";
import { paddedCrop, randomCropArea, roundHalfToEven } from "./crop.js";
import { erasingRectangle } from "./erasing.js";
import { evalTransform } from "./eval-transform.js";
import { type PictureKey, type PictureRandom, pictureRandom } from "./picture-random.js";
import { greyOf } from "./point-operations.js";
import { applyOperations, drawOperations } from "./rand-augment.js";
import { parseRandAugment } from "./rand-augment-policy.js";
import { type AugmentSettings, interpolationOf } from "./settings.js";

/** Which picture, how large, and what is done to it. */
export interface TrainOptions extends PictureKey {
  /** Side of the result, in pixels. */
  readonly size: number;
  readonly settings: AugmentSettings;
}

/** An augmented picture [size, size, channels]. */
export interface TrainPicture {
  readonly pixels: Pixels;
  /** What random erasing is to fill after normalisation. */
  readonly erase?: Area;
}

/** timm 0.3.2's training transform up to the tensor: crop, flip, RandAugment or colour jitter, and the rectangle to erase. */
export function trainTransform(source: Pixels, options: TrainOptions): TrainPicture {
  const { settings, size } = options;
  let pixels = cut(source, options, pictureRandom(options, "crop"));
  if (pictureRandom(options, "hflip").uniform() < settings.hflip) pixels = flippedHorizontally(pixels);
  if (pictureRandom(options, "vflip").uniform() < settings.vflip) pixels = flippedVertically(pixels);
  if (settings.autoAugment !== null) {
    const drawn = drawOperations(parseRandAugment(settings.autoAugment), pictureRandom(options, "operations"));
    pixels = applyOperations(pixels, drawn, sampler(pixels, settings, pictureRandom(options, "sampling")));
  } else if (settings.colorJitter !== null) {
    pixels = colorJitter(pixels, threeOf(settings.colorJitter), pictureRandom(options, "jitter"));
  }
  const erase = erasingRectangle({ ...options, size, probability: settings.reprob });
  return erase ? { pixels, erase } : { pixels };
}

const threeOf = (strength: number | readonly [number, number, number]): readonly [number, number, number] =>
  typeof strength === "number" ? [strength, strength, strength] : strength;

/** How each operation of a picture is resampled; timm fills with the data set's mean, rounded to bytes. */
function sampler({ channels }: Pixels, settings: AugmentSettings, random: PictureRandom): () => Sampling {
  const bytes = settings.mean.map((mean) => Math.min(255, roundHalfToEven(255 * mean)));
  const [first = 0, second = first, third = first] = bytes;
  const grey = bytes.length === 3 ? greyOf(first, second, third) : first;
  const fill = channels === 1 ? [grey] : [first, second, third];
  return () => ({ fill, interpolation: interpolationOf(settings, random) });
}

function cut(source: Pixels, { size, settings }: TrainOptions, random: PictureRandom): Pixels {
  const interpolation = interpolationOf(settings, random);
  if (settings.crop === "center") return evalTransform(source, { size, interpolation });
  if (settings.crop === "padded") return paddedCrop(source, size, random);
  return resize(source, { width: size, height: size, from: randomCropArea(source, settings, random), interpolation });
}
