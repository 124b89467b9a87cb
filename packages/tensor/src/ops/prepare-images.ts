import {
  type EraseMode,
  eraseModes,
  type ImageDims,
  imageStatistics,
  normaliseImagesLaunch,
  prepareImagesLaunch,
} from "@snnmlp/kernels-wgsl";
import { expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { deviceOf } from "../op.js";
import { type Agree, sameShape, show, sizeOf, validateShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { tensor } from "./create.js";
import { expectKey, type RandomKey } from "./random.js";

/** Batch, height, width, channels. */
export type ImageShape = readonly [B: number, H: number, W: number, C: number];

/** What happens to each image of a batch; written between runs, so that one Program serves all of them. */
export interface ImageAugmentation<B extends number = number> {
  /** A rectangle (top, left, height, width) of each image to erase, clipped by the image; a height of 0: none. */
  readonly erase: Tensor<readonly [B, 4], "i32">;
  /** A rectangle that image b takes from image B - 1 - b (CutMix); a height of 0: none. */
  readonly cut: Tensor<readonly [B, 4], "i32">;
  /** Where nothing is cut: share of image b in the result, the rest is image B - 1 - b's (mixup). 1 leaves it alone. */
  readonly lambda: Tensor<readonly [B], "f32">;
  /** What the erased rectangles hold is drawn with it. */
  readonly key: RandomKey;
  /** In an erased rectangle: N(0, 1) of each element (`pixel`, default), one N(0, 1) colour (`rand`), or 0 (`const`). */
  readonly eraseMode?: EraseMode;
  /** Which of a step's draws this is; default 0. */
  readonly stream?: number;
}

/** How bytes become a model's input. */
export interface PrepareOptions<B extends number = number> {
  /** Of each channel, of values in [0, 1]. */
  readonly mean: readonly number[];
  /** Of each channel, of values in [0, 1]. */
  readonly std: readonly number[];
  /** What to erase and mix; default nothing. */
  readonly augment?: ImageAugmentation<B> | undefined;
}

/**
 * Bytes of images as a model's input: `(byte / 255 - mean) / std` per channel, and for training random erasing (Zhong et
 * al., arXiv 1708.04896), then mixup or CutMix of the batch with its reverse, as timm's RandomErasing and Mixup in batch
 * mode. One launch. Not differentiable.
 *
 * @param bytes [ceil(B H W C / 4)], see `packBytes`
 * @param shape of the images [B, H, W, C], channels last
 * @returns [B, H, W, C]
 * @throws ShapeError when sizes do not fit, or a std is not positive
 */
export function prepareImages<const S extends ImageShape, const B extends number>(
  bytes: Tensor<readonly [number], "u32">,
  shape: S,
  options: PrepareOptions<B> & Agree<B, S[0], "rectangles and images differ in number">,
): Tensor<S, "f32">;
export function prepareImages(bytes: Tensor, shape: ImageShape, { mean, std, augment }: PrepareOptions): Tensor {
  const op = "prepareImages";
  const dims = dimsOf(op, bytes, shape);
  expectStatistics(op, dims.C, { mean, std });
  const { device } = bytes;
  const statistics = tensor(device, imageStatistics(mean, std), [8 * dims.C]);
  const y = device.empty(op, shape, "f32");
  if (augment) {
    const { erase, cut, lambda, key, eraseMode = "pixel", stream = 0 } = augment;
    expectAugmentation(op, dims, augment, stream, eraseMode);
    deviceOf(op, bytes, erase, cut, lambda, key);
    const launch = prepareImagesLaunch(dims, { mode: eraseMode, stream }, device.profile);
    device.launch(op, launch, [bytes, statistics, erase, cut, lambda, key, y]);
  } else {
    device.launch(op, normaliseImagesLaunch(dims), [bytes, statistics, y]);
  }
  statistics.dispose();
  return y;
}

function dimsOf(op: string, bytes: Tensor, shape: ImageShape): ImageDims {
  expectDType(op, "bytes", bytes.dtype, "u32");
  validateShape(op, shape);
  const [B, H, W, C] = shape;
  if (shape.length !== 4) throw new ShapeError(op, `images must be [B, H, W, C], got ${show(shape)}`);
  const words = Math.ceil(sizeOf(shape) / 4);
  if (!sameShape(bytes.shape, [words])) {
    const need = `images ${show(shape)} are ${sizeOf(shape)} bytes in ${words} words`;
    throw new ShapeError(op, `${need}, got bytes ${show(bytes.shape)}; make them with packBytes()`);
  }
  return { B, H, W, C };
}

function expectStatistics(op: string, C: number, statistics: Readonly<Record<string, readonly number[]>>): void {
  for (const [name, values] of Object.entries(statistics)) {
    const fits =
      values.length === C && values.every((value) => (name === "std" ? value > 0 : true) && value < Infinity);
    if (fits) continue;
    const wanted = `${C} ${name === "std" ? "positive " : ""}numbers, one per channel`;
    throw new ShapeError(op, `${name} must be ${wanted}, got [${values.join(", ")}]`);
  }
}

function expectAugmentation(
  op: string,
  { B }: ImageDims,
  { erase, cut, lambda, key }: ImageAugmentation,
  stream: number,
  mode: EraseMode,
): void {
  for (const [name, given, dtype, shape] of [
    ["erase", erase, "i32", [B, 4]],
    ["cut", cut, "i32", [B, 4]],
    ["lambda", lambda, "f32", [B]],
  ] as const) {
    expectDType(op, name, given.dtype, dtype);
    if (sameShape(given.shape, shape)) continue;
    throw new ShapeError(op, `${name} must be ${show(shape)} for ${B} images, got ${show(given.shape)}`);
  }
  expectKey(op, key, stream);
  if (eraseModes.includes(mode)) return;
  throw new ShapeError(op, `eraseMode must be ${eraseModes.join(", ")}, got ${mode}`);
}
