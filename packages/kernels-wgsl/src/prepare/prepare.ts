import { ceilDiv, grid1d, kernel, type Launch, type Profile, words } from "../launch.js";
import { gaussianFunctions, philoxFunctions } from "../random/random.js";
import augment from "./augment.wgsl";
import augmentNaive from "./augment-naive.wgsl";
import erased from "./erased.wgsl";
import normalise from "./normalise.wgsl";
import { augmentReference, normaliseReference } from "./prepare.ref.js";

/** A batch of images, channels last. */
export interface ImageDims {
  readonly B: number;
  readonly H: number;
  readonly W: number;
  readonly C: number;
}

/**
 * What an erased rectangle holds, by timm's names (RandomErasing): 0, N(0, 1) of each element, or one N(0, 1) colour for
 * the whole rectangle. A mode's place in this list is what the kernel knows it by.
 */
export const eraseModes = ["const", "pixel", "rand"] as const;
/** One of `eraseModes`. */
export type EraseMode = (typeof eraseModes)[number];

/** How rectangles are filled: `stream` is which of a step's draws this is. */
export interface Erasing {
  readonly mode: EraseMode;
  readonly stream: number;
}

/**
 * The kernels' table of mean and std, [8 C]: 255 times each channel's mean, four times over, so that any four neighbours
 * find their channels in one vector; then the stds alike.
 */
export function imageStatistics(mean: readonly number[], std: readonly number[]): number[] {
  return [mean, std].flatMap((values) => [0, 1, 2, 3].flatMap(() => values.map((value) => 255 * value)));
}

/** y = (byte / 255 - mean) / std. Buffers: bytes [ceil(B H W C / 4)] u32, statistics [8 C], y [B, H, W, C]. */
export function normaliseImagesLaunch(dims: ImageDims): Launch {
  const count = dims.B * dims.H * dims.W * dims.C;
  return {
    kernel: kernel("prepare/normalise", normalise),
    params: words(ceilDiv(count, 4), dims.C),
    grid: grid1d(ceilDiv(ceilDiv(count, 4), 64)),
    bytes: 5 * count,
    flops: 2 * count,
    reference: normaliseReference(dims),
  };
}

/**
 * Normalises, erases rectangles and mixes each image with the one as far from the batch's other end.
 * Buffers: bytes [ceil(B H W C / 4)] u32, statistics [8 C], erase and cut [B, 4] i32 (top, left, height, width),
 * lambda [B], key [2] u32 (seed, step), y [B, H, W, C].
 */
export function prepareImagesLaunch(dims: ImageDims, { mode, stream }: Erasing, { kernels }: Profile): Launch {
  const { B, H, W, C } = dims;
  const inner = H * W * C;
  const vectors = kernels === "tuned" && inner % 4 === 0;
  const [name, source] = vectors ? ["prepare/augment", augment] : ["prepare/augment-naive", augmentNaive];
  const each = vectors ? inner / 4 : inner;
  return {
    kernel: kernel(name, philoxFunctions + gaussianFunctions + source + erased),
    params: words(B, each, W, C, eraseModes.indexOf(mode), stream),
    grid: [ceilDiv(each, 64), Math.min(B, 32_768), ceilDiv(B, 32_768)],
    bytes: 6 * B * inner,
    flops: 5 * B * inner,
    reference: augmentReference(dims, { mode, stream }),
  };
}
