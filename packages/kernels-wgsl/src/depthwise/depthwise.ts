import type { Chain } from "../chain.js";
import { ceilDiv, grid1d, kernel, type Launch, type Profile, words } from "../launch.js";
import convolve from "./convolve.wgsl";
import { convolveReference, dxReference, reduceReference, weightsReference } from "./depthwise.ref.js";
import reduce from "./reduce.wgsl";
import weights from "./weights.wgsl";

/** A depthwise 3x3 convolution of [B, H, W, C], stride 1, zero padding 1; weights are stored [3, 3, C]. */
export interface DepthwiseDims {
  readonly B: number;
  readonly H: number;
  readonly W: number;
  readonly C: number;
}

/** Buffers: x, weight [3, 3, C], bias [C] (without one: any readable buffer), y. */
export function depthwiseForwardLaunch(dims: DepthwiseDims, hasBias: boolean, profile: Profile): Launch {
  return convolveLaunch(dims, { flip: false, hasBias }, profile);
}

/** Buffers: dy, weight [3, 3, C], any readable buffer, dx. */
export function depthwiseDxLaunch(dims: DepthwiseDims, profile: Profile): Launch {
  return convolveLaunch(dims, { flip: true, hasBias: false }, profile);
}

function convolveLaunch(dims: DepthwiseDims, mode: { flip: boolean; hasBias: boolean }, profile: Profile): Launch {
  const { B, H, W, C } = dims;
  const { lanes, wide } = variant(dims, profile);
  // Tall strips reread the fewest rows; shorter ones where that leaves too few invocations to fill the adapter.
  const whole = (B * ceilDiv(W, wide) * C) / lanes.WIDTH;
  const rows = profile.kernels === "naive" ? 1 : rowsFor(H, whole, profile.kind === "gpu" ? 131_072 : 4096);
  return {
    kernel: kernel("depthwise/convolve", convolve, { ...lanes, WIDE: wide }),
    params: words(B, H, W, C, rows, Number(mode.flip), Number(mode.hasBias)),
    grid: grid1d(ceilDiv((B * ceilDiv(H, rows) * ceilDiv(W, wide) * C) / lanes.WIDTH, 64)),
    bytes: 8 * B * H * W * C + 40 * C,
    flops: 18 * B * H * W * C,
    reference: mode.flip ? dxReference(dims) : convolveReference(dims, mode.hasBias),
  };
}

/** Gradients of weight and bias. Buffers: x, dy, dweight [3, 3, C], dbias [C]. */
export function depthwiseWeightsChain(dims: DepthwiseDims, profile: Profile): Chain {
  const { B, H, W, C } = dims;
  const { lanes, wide } = variant(dims, profile);
  const strips = ceilDiv(W, wide);
  // Every part leaves ten sums a channel, so a part is as large as still fills the adapter.
  const wanted = profile.kind === "gpu" ? 32_768 : 2048;
  const whole = (B * strips * C) / lanes.WIDTH;
  const span = Math.min(B, Math.max(1, Math.floor(whole / wanted)));
  const rows = rowsFor(H, whole, wanted);
  const parts = ceilDiv(B, span) * ceilDiv(H, rows) * strips;
  const weightsLaunch: Launch = {
    kernel: kernel("depthwise/weights", weights, { ...lanes, WIDE: wide }),
    params: words(B, H, W, C, rows, span),
    grid: grid1d(ceilDiv((parts * C) / lanes.WIDTH, 64)),
    bytes: 8 * B * H * W * C + 40 * parts * C,
    flops: 19 * B * H * W * C,
    reference: weightsReference(dims),
  };
  const reduceLaunch: Launch = {
    kernel: kernel("depthwise/reduce", reduce, { ...lanes, SEGMENTS: profile.kind === "gpu" ? 32 : 8 }),
    params: words(parts, C),
    grid: [ceilDiv((10 * C) / lanes.WIDTH, 8), 1, 1],
    bytes: 40 * parts * C,
    flops: 10 * parts * C,
    reference: reduceReference(parts, C),
  };
  return {
    steps: [
      [weightsLaunch, [0, 1, 4]],
      [reduceLaunch, [4, 2, 3]],
    ],
    scratch: [10 * parts * C],
  };
}

/** Rows of a strip, so that `whole` strips of the image's height make about `wanted` shorter ones. */
function rowsFor(H: number, whole: number, wanted: number): number {
  return Math.min(H, Math.max(4, Math.ceil((H * whole) / wanted)));
}

function variant({ W, C }: DepthwiseDims, profile: Profile) {
  if (profile.kernels === "naive") return { lanes: { T: "f32", WIDTH: 1 }, wide: 1 };
  const lanes = C % 4 === 0 ? { T: "vec4f", WIDTH: 4 } : { T: "f32", WIDTH: 1 };
  // On lavapipe WIDE = 4 takes a second to compile, WIDE = 2 half of it; on large images it runs about a third faster.
  return { lanes, wide: W > 16 ? 4 : 2 };
}
