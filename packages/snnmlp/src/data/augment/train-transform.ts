import { type Area, flippedHorizontally, flippedVertically, type Pixels } from "../pixels.js";
import { resize } from "../resize.js";
import { paddedCrop, randomCropArea } from "./crop.js";
import { erasingRectangle } from "./erasing.js";
import { evalTransform } from "./eval-transform.js";
import { type PictureKey, type PictureRandom, pictureRandom } from "./picture-random.js";
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
  const erase = erasingRectangle({ ...options, size, probability: settings.reprob });
  return erase ? { pixels, erase } : { pixels };
}

function cut(source: Pixels, { size, settings }: TrainOptions, random: PictureRandom): Pixels {
  const interpolation = interpolationOf(settings, random);
  if (settings.crop === "center") return evalTransform(source, { size, interpolation });
  if (settings.crop === "padded") return paddedCrop(source, size, random);
  return resize(source, { width: size, height: size, from: randomCropArea(source, settings, random), interpolation });
}
