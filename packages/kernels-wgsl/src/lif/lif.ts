import type { Chain } from "../chain.js";
import { ceilDiv, floatBits, grid1d, kernel, type Launch, type Profile, words } from "../launch.js";
import backward from "./backward.wgsl";
import forward from "./forward.wgsl";
import gradientFunctions from "./gradient.wgsl";
import { lifBackwardReference, lifForwardReference, lifScalarsReference, type Pairs } from "./lif.ref.js";
import scalars from "./scalars.wgsl";

/** A LIF along the middle axis of [outer, N, inner], in groups of `group` positions (at least 1). */
export interface LifDims {
  readonly outer: number;
  readonly N: number;
  readonly inner: number;
  readonly group: number;
}

/** `membrane`: y = max(u, vth), the model's full-precision spike. `spike`: y = 1 where u > vth, else 0. */
export type LifOutput = "membrane" | "spike";

/** The smooth derivative that stands in for that of the threshold; `none` is the authors' gradient. */
export type Surrogate = "none" | "arctan" | "sigmoid" | "triangle" | "rectangle" | "superspike";

/** Every surrogate, in the order of the shader's SURROGATE numbers. */
export const surrogates: readonly Surrogate[] = ["none", "arctan", "sigmoid", "triangle", "rectangle", "superspike"];

/** What the backward pass needs to know beside the sizes; alpha is the steepness of the surrogate. */
export interface LifGradient {
  readonly output: LifOutput;
  readonly surrogate: Surrogate;
  readonly alpha: number;
}

/** Longest group that is unrolled into registers; lavapipe compiles for a second at 16. */
const unrolled = 8;

/** Buffers: x [outer, N, inner], tau [1], vth [1], y [outer, N, inner]. */
export function lifForwardLaunch(dims: LifDims, output: LifOutput, profile: Profile): Launch {
  const { outer, N, inner, group } = dims;
  const { constants, width } = variant(dims, profile);
  return {
    kernel: kernel("lif/forward", forward, { ...constants, SPIKE: output === "spike" }),
    params: words(outer, N, inner, group),
    grid: grid1d(ceilDiv((outer * ceilDiv(N, group) * inner) / width, 64)),
    bytes: 8 * outer * N * inner,
    flops: 3 * outer * N * inner,
    reference: lifForwardReference(dims, output),
  };
}

/**
 * Gradients of the LIF from x and dy; u is recomputed, so nothing is saved by the forward pass.
 * Buffers: x, tau [1], vth [1], dy, dx, dtau [1], dvth [1].
 */
export function lifBackwardChain(dims: LifDims, gradient: LifGradient, profile: Profile): Chain {
  const { launch, count } = lifBackwardLaunch(dims, gradient, "write", profile);
  return {
    steps: [
      [launch, [0, 1, 2, 3, 4, 7]],
      [scalarsLaunch({ count, stride: 1, offset: 0 }), [7, 5, 6]],
    ],
    scratch: [2 * count],
  };
}

/**
 * Writes dx, or adds to it (groups of up to 8 positions), and leaves `count` pairs (dtau, dvth) for `scalarsLaunch`.
 * Buffers: x, tau, vth, dy, dx, partials [count, 2].
 */
export function lifBackwardLaunch(
  dims: LifDims,
  gradient: LifGradient,
  mode: "write" | "add",
  profile: Profile,
): { readonly launch: Launch; readonly count: number } {
  const { outer, N, inner, group } = dims;
  const { constants, width } = variant(dims, profile);
  const add = mode === "add";
  const tree = profile.kind === "gpu";
  const groups = ceilDiv(N, group);
  const lines = (outer * inner) / width;
  // Each invocation leaves a pair, so it walks several groups where enough invocations remain to fill the adapter.
  const wanted = profile.kind === "gpu" ? 65_536 : 32_768;
  const span = Math.min(groups, Math.max(1, Math.floor((lines * groups) / wanted)));
  const invocations = lines * ceilDiv(groups, span);
  const count = tree ? ceilDiv(invocations, 64) : invocations;
  const launch: Launch = {
    kernel: kernel("lif/backward", gradientFunctions + backward, {
      ...constants,
      GROUP: add ? group : constants.GROUP,
      SPIKE: gradient.output === "spike",
      SURROGATE: surrogates.indexOf(gradient.surrogate),
      ADD: add,
      TREE: tree,
    }),
    params: words(outer, N, inner, group, span, floatBits(gradient.alpha)),
    grid: grid1d(ceilDiv(invocations, 64)),
    bytes: (add ? 16 : 12) * outer * N * inner + 8 * count,
    flops: 10 * outer * N * inner,
    reference: lifBackwardReference(dims, gradient, mode),
  };
  return { launch, count };
}

/** Adds partial pairs. Buffers: partials, dtau [1], dvth [1]. */
function scalarsLaunch(pairs: Pairs): Launch {
  return {
    kernel: kernel("lif/scalars", scalars),
    params: words(pairs.count, pairs.stride, pairs.offset),
    grid: [1, 1, 1],
    bytes: 8 * pairs.count,
    flops: 2 * pairs.count,
    reference: lifScalarsReference(pairs),
  };
}

function variant(dims: LifDims, profile: Profile) {
  const width = profile.kernels === "tuned" && dims.inner % 4 === 0 ? 4 : 1;
  const unroll = profile.kernels === "tuned" && dims.group <= unrolled;
  return { width, constants: { T: width === 4 ? "vec4f" : "f32", WIDTH: width, GROUP: unroll ? dims.group : 0 } };
}
