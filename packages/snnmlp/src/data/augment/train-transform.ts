import { type Area, flippedHorizontally, flippedVertically, type Pixels } from "../pixels.js";
import { resize } from "../resize.js";
import type { Sampling } from "./affine.js";
import { colorJitter } from "./color-jitter.js";
import { fitsUnscaled, paddedCrop, randomCropArea, roundHalfToEven } from "./crop.js";
import { erasingRectangle } from "./erasing.js";
import { evalTransform } from "./eval-transform.js";
import { type PictureKey, type PictureRandom, pictureRandom } from "./picture-random.js";
import { greyOf } from "./point-operations.js";
import { applyOperations, type DrawnOperation, drawOperations } from "./rand-augment.js";
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
  /** What was done to it. */
  readonly drawn: DrawnAugmentation;
}

/** The choices that made a picture what it is. */
export interface DrawnAugmentation {
  /** The part that was cut out, in pixels of the source; only of random crops. */
  readonly area?: Area;
  /** Whether it was mirrored left to right. */
  readonly hflip: boolean;
  /** Whether it was mirrored top to bottom. */
  readonly vflip: boolean;
  /** What RandAugment did, in its order. */
  readonly operations: readonly DrawnOperation[];
}

/** timm 0.3.2's training transform up to the tensor: crop, flip, RandAugment or colour jitter, and the rectangle to erase. */
export function trainTransform(source: Pixels, options: TrainOptions): TrainPicture {
  const { settings, size } = options;
  const drawn = draw(source, options);
  let pixels = cut(source, drawn, options);
  if (drawn.hflip) pixels = flippedHorizontally(pixels);
  if (drawn.vflip) pixels = flippedVertically(pixels);
  pixels = applyOperations(pixels, drawn.operations, sampler(pixels, settings, pictureRandom(options, "sampling")));
  if (settings.autoAugment === null && settings.colorJitter !== null) {
    pixels = colorJitter(pixels, threeOf(settings.colorJitter), pictureRandom(options, "jitter"));
  }
  const erase = erasingRectangle({ ...options, size, probability: settings.reprob });
  return erase ? { pixels, erase, drawn } : { pixels, drawn };
}

function draw(source: Pixels, options: TrainOptions): DrawnAugmentation {
  const { scale, ratio, hflip, vflip, autoAugment } = options.settings;
  return {
    ...(cropOf(source, options) === "random" && {
      area: randomCropArea(source, { scale, ratio }, pictureRandom(options, "crop")),
    }),
    hflip: pictureRandom(options, "hflip").uniform() < hflip,
    vflip: pictureRandom(options, "vflip").uniform() < vflip,
    operations:
      autoAugment === null ? [] : drawOperations(parseRandAugment(autoAugment), pictureRandom(options, "operations")),
  };
}

function cropOf(source: Pixels, { settings: { crop }, size }: TrainOptions): "random" | "center" | "padded" {
  if (crop !== "authors") return crop;
  return fitsUnscaled(source, size) ? "padded" : "random";
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

function cut(source: Pixels, { area }: DrawnAugmentation, options: TrainOptions): Pixels {
  const { size, settings } = options;
  const interpolation = interpolationOf(settings, pictureRandom(options, "interpolation"));
  if (area) return resize(source, { width: size, height: size, from: area, interpolation });
  if (cropOf(source, options) === "padded") return paddedCrop(source, size, pictureRandom(options, "crop"));
  return evalTransform(source, { size, interpolation });
}
