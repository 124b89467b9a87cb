import {
  type LifDims,
  type LifGradient,
  type LifOutput,
  lifBackwardChain,
  lifForwardLaunch,
  type Surrogate,
  surrogates,
} from "@snnmlp/kernels-wgsl";
import { expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive, deviceOf, launchChain, viewAs } from "../op.js";
import { normalizeAxis, type Shape, show, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { full } from "./create.js";

export type { LifOutput, Surrogate };

/** Options of `lif`. */
export interface LifOptions {
  /** The axis the neuron runs along; 1 is H and 2 is W of [B, H, W, C]. */
  readonly axis: number;
  /** Positions per group, at least 1; every group starts from rest. -1: no neuron, y = x. */
  readonly group: number;
  /** `membrane` (default): y = max(u, vth), and positions past the last whole group keep y = x. `spike`: y = 1 where u > vth, else 0. */
  readonly output?: LifOutput;
  /** Smooth derivative of the threshold; default `none`, the authors' gradient, which holds the spikes constant. */
  readonly surrogate?: Surrogate;
  /** Steepness of the surrogate; default 1. */
  readonly alpha?: number;
}

/**
 * Leaky integrate-and-fire neurons along one axis (SNN-MLP, arXiv 2203.14679), in groups that start from rest, o = 0:
 *
 *     u = tau o + x;   fired = u > vth;   y = fired ? u : vth;   next o = fired ? 0 : u
 *
 * NaN does not fire: it becomes vth, so look for non-finite values before this op. The share of neurons that fire, which shows
 * dead layers, is `mean(lif(x, tau, vth, { ...options, output: "spike" }))`.
 *
 * @param x any shape with `axis`
 * @param tau [1], the leak; learned
 * @param vth [1], the threshold; learned
 * @returns the shape of x
 * @throws ShapeError when tau or vth has more than one element, or an option is out of range
 */
export function lif<const S extends Shape>(
  x: Tensor<S, "f32">,
  tau: Tensor<Shape, "f32">,
  vth: Tensor<Shape, "f32">,
  options: LifOptions,
): Tensor<S, "f32"> {
  const gradient = checkLif("lif", { x, tau, vth }, options);
  const axis = normalizeAxis("lif", x.shape, options.axis);
  const { group } = options;
  const { device } = x;
  if (group === -1) return identity(x, tau, vth);

  const outer = sizeOf(x.shape.slice(0, axis));
  const N = x.shape[axis] ?? 1;
  const dims: LifDims = { outer, N, inner: x.size / outer / N, group };
  const y = device.empty("lif", x.shape, "f32");
  device.launch("lif", lifForwardLaunch(dims, gradient.output, device.profile), [x, tau, vth, y]);

  return derive("lif", { x, tau, vth }, y, (dy, wants) => {
    const dx = device.empty("lif", x.shape, "f32");
    const dtau = device.empty("lif", tau.shape, "f32");
    const dvth = device.empty("lif", vth.shape, "f32");
    const chain = lifBackwardChain(dims, gradient, device.profile);
    launchChain("lif", chain, device, [x, tau, vth, dy, dx, dtau, dvth]);
    return { x: wants.x && dx, tau: wants.tau && dtau, vth: wants.vth && dvth };
  });
}

/** Checks the tensors (x first, the others scalars) and options of a LIF op, and fills in the defaults. */
export function checkLif(
  op: string,
  tensors: { readonly x: Tensor } & Readonly<Record<string, Tensor>>,
  options: Omit<LifOptions, "axis">,
): LifGradient {
  const { group, output = "membrane", surrogate = "none", alpha = 1 } = options;
  const { x, ...scalars } = tensors;
  deviceOf(op, x, ...Object.values(scalars));
  for (const [name, t] of Object.entries(tensors)) expectDType(op, name, t.dtype, "f32");
  for (const [name, t] of Object.entries(scalars)) {
    if (t.size !== 1) throw new ShapeError(op, `${name} must have one element, got ${show(t.shape)}`);
  }
  if (group !== -1 && (!Number.isInteger(group) || group < 1)) {
    throw new ShapeError(op, `group must be a positive integer, or -1 for y = x, got ${group}`);
  }
  if (output !== "membrane" && output !== "spike") {
    throw new ShapeError(op, `output must be membrane or spike, got ${output}`);
  }
  if (!surrogates.includes(surrogate)) {
    throw new ShapeError(op, `surrogate must be one of ${surrogates.join(", ")}, got ${surrogate}`);
  }
  if (!(alpha > 0)) throw new ShapeError(op, `alpha must be positive, got ${alpha}`);
  return { output, surrogate, alpha };
}

function identity<S extends Shape>(x: Tensor<S, "f32">, tau: Tensor, vth: Tensor): Tensor<S, "f32"> {
  return derive("lif", { x, tau, vth }, viewAs("lif", x, x.shape), (dy, wants) => ({
    x: wants.x && viewAs("lif", dy, x.shape),
    tau: wants.tau && full(x.device, tau.shape, 0),
    vth: wants.vth && full(x.device, vth.shape, 0),
  }));
}
