import type { Chain } from "../chain.js";
import { at, ceilDiv, floatBits, grid1d, kernel, type Launch, type Profile, words } from "../launch.js";
import gradientFunctions from "./gradient.wgsl";
import { type LifDims, type LifGradient, type LifOutput, lifBackwardLaunch, surrogates } from "./lif.js";
import { lifScalarsReference, type Pairs } from "./lif.ref.js";
import pack from "./pack.wgsl";
import { pairBackwardReference, pairForwardReference } from "./pair.ref.js";
import backward from "./pair-backward.wgsl";
import forward from "./pair-forward.wgsl";
import pairScalars from "./pair-scalars.wgsl";

/** Two LIFs of one x [B, H, W, C], one along H and one along W, in groups of `group` positions: at most `longestPair`. */
export interface LifPairDims {
  readonly B: number;
  readonly H: number;
  readonly W: number;
  readonly C: number;
  readonly group: number;
}

/** An invocation keeps group * group positions in registers. */
export const longestPair = 4;

/** Buffers: x [B, H, W, C], tauH [1], vthH [1], tauW [1], vthW [1], yH, yW. */
export function lifPairForwardLaunch(dims: LifPairDims, output: LifOutput, profile: Profile): Launch {
  const { B, H, W, C, group } = dims;
  const lanes = lanesOf(dims, profile);
  return {
    kernel: kernel("lif/pair-forward", forward, { ...lanes, GROUP: group, SPIKE: output === "spike" }),
    params: words(B, H, W, C),
    grid: grid1d(ceilDiv(tiles(dims, lanes.WIDTH), 64)),
    bytes: 12 * B * H * W * C,
    flops: 6 * B * H * W * C,
    reference: pairForwardReference(alongH(dims), alongW(dims), output),
  };
}

/**
 * Gradients of both LIFs; the two of x are added.
 * Buffers: x, tauH, vthH, tauW, vthW, dyH, dyW, dx, dtauH, dvthH, dtauW, dvthW (the scalars [1]).
 */
export function lifPairBackwardChain(dims: LifPairDims, gradient: LifGradient, profile: Profile): Chain {
  return profile.kind === "gpu" ? atOnce(dims, gradient, profile) : oneByOne(dims, gradient, profile);
}

/** One launch reads x, dyH and dyW once and writes dx. */
function atOnce(dims: LifPairDims, gradient: LifGradient, profile: Profile): Chain {
  const { B, H, W, C, group } = dims;
  const lanes = lanesOf(dims, profile);
  const count = ceilDiv(tiles(dims, lanes.WIDTH), 64);
  const launch: Launch = {
    kernel: kernel("lif/pair-backward", gradientFunctions + backward, {
      ...lanes,
      GROUP: group,
      SPIKE: gradient.output === "spike",
      SURROGATE: surrogates.indexOf(gradient.surrogate),
    }),
    params: words(B, H, W, C, floatBits(gradient.alpha)),
    grid: grid1d(count),
    bytes: 16 * B * H * W * C + 16 * count,
    flops: 22 * B * H * W * C,
    reference: pairBackwardReference(alongH(dims), alongW(dims), gradient),
  };
  return {
    steps: [
      [packLaunch(), [1, 2, 3, 4, 12]],
      [launch, [0, 12, 5, 6, 7, 13]],
      [pairScalarsLaunch({ count, stride: 2, offset: 0 }, { count, stride: 2, offset: 1 }), [13, 13, 8, 9, 10, 11]],
    ],
    scratch: [4, 4 * count],
  };
}

/** The LIF along H writes dx, the one along W adds to it. */
function oneByOne(dims: LifPairDims, gradient: LifGradient, profile: Profile): Chain {
  const first = lifBackwardLaunch(alongH(dims), gradient, "write", profile);
  const second = lifBackwardLaunch(alongW(dims), gradient, "add", profile);
  return {
    steps: [
      [first.launch, [0, 1, 2, 5, 7, 12]],
      [second.launch, [0, 3, 4, 6, 7, 13]],
      [pairScalarsLaunch(pairsOf(first.count), pairsOf(second.count)), [12, 13, 8, 9, 10, 11]],
    ],
    scratch: [2 * first.count, 2 * second.count],
  };
}

const pairsOf = (count: number): Pairs => ({ count, stride: 1, offset: 0 });

/** Adds the partial pairs of both LIFs. Buffers: partialsH, partialsW, dtauH, dvthH, dtauW, dvthW. */
function pairScalarsLaunch(H: Pairs, W: Pairs): Launch {
  const [sumH, sumW] = [lifScalarsReference(H), lifScalarsReference(W)];
  return {
    kernel: kernel("lif/pair-scalars", pairScalars),
    params: words(H.count, W.count, H.stride, W.offset),
    grid: [2, 1, 1],
    bytes: 8 * (H.count + W.count),
    flops: 2 * (H.count + W.count),
    reference: (partialsH, partialsW, dtauH, dvthH, dtauW, dvthW) => {
      sumH(partialsH, dtauH, dvthH);
      sumW(partialsW, dtauW, dvthW);
    },
  };
}

function packLaunch(): Launch {
  return {
    kernel: kernel("lif/pack", pack),
    params: words(),
    grid: [1, 1, 1],
    bytes: 32,
    flops: 0,
    reference: (a, b, c, d, packed) => packed.set([a, b, c, d].map((one) => at(one, 0))),
  };
}

function lanesOf({ C }: LifPairDims, profile: Profile) {
  return profile.kernels === "tuned" && C % 4 === 0 ? { T: "vec4f", WIDTH: 4 } : { T: "f32", WIDTH: 1 };
}

const tiles = ({ B, H, W, C, group }: LifPairDims, width: number): number =>
  (B * ceilDiv(H, group) * ceilDiv(W, group) * C) / width;

const alongH = ({ B, H, W, C, group }: LifPairDims): LifDims => ({ outer: B, N: H, inner: W * C, group });
const alongW = ({ B, H, W, C, group }: LifPairDims): LifDims => ({ outer: B * H, N: W, inner: C, group });
