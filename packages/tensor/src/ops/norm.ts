import { type NormDims, normBackwardChain, normForwardChain } from "@snnmlp/kernels-wgsl";
import { expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive, deviceOf, launchChain, type Vjp } from "../op.js";
import { type Agree, type Axis, type Shape, sameShape, show } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** Options of `groupNorm` and `layerNorm`. */
export interface NormOptions {
  /** Added to the biased variance before its root; default 1e-5. */
  readonly eps?: number;
  /** `gelu`: y = gelu(norm(x)), in the same launch. */
  readonly activation?: "gelu";
}

/**
 * Group norm over channels-last activations: mean and variance over all positions of a sample and the channels of one
 * of `groups` groups, then `y = gamma (x - mean) / sqrt(variance + eps) + beta` (Wu and He 2018, arXiv 1803.08494).
 *
 * @param x [B, ..., C]
 * @param groups divides C; 1 normalises each sample as a whole
 * @param gamma [C]
 * @param beta [C]
 * @returns [B, ..., C]
 * @throws ShapeError when gamma or beta is not [C], or groups does not divide C
 */
export function groupNorm<const S extends Shape, const G extends Shape, const H extends Shape>(
  x: Tensor<S, "f32">,
  groups: number,
  gamma: Tensor<G, "f32"> & Agree<Axis<G, -1>, Axis<S, -1>, "gamma and x differ in channels">,
  beta: Tensor<H, "f32"> & Agree<Axis<H, -1>, Axis<S, -1>, "beta and x differ in channels">,
  options?: NormOptions,
): Tensor<S, "f32">;
export function groupNorm(
  x: Tensor<Shape, "f32">,
  groups: number,
  gamma: Tensor,
  beta: Tensor,
  options: NormOptions = {},
): Tensor {
  const C = channelsOf("groupNorm", x, gamma, beta);
  const B = x.shape[0] ?? 1;
  if (x.rank < 2) throw new ShapeError("groupNorm", `x must be [B, ..., C], got ${show(x.shape)}`);
  if (!Number.isInteger(groups) || groups < 1 || C % groups !== 0) {
    throw new ShapeError("groupNorm", `groups must divide the ${C} channels of x ${show(x.shape)}, got ${groups}`);
  }
  return norm("groupNorm", { B, HW: x.size / B / C, C, groups }, x, gamma, beta, options);
}

/**
 * Layer norm over the last axis: mean and variance of each row, then `y = gamma (x - mean) / sqrt(variance + eps) + beta`
 * (Ba, Kiros and Hinton 2016, arXiv 1607.06450).
 *
 * @param x [..., C]
 * @param gamma [C]
 * @param beta [C]
 * @returns [..., C]
 * @throws ShapeError when gamma or beta is not [C]
 */
export function layerNorm<const S extends Shape, const G extends Shape, const H extends Shape>(
  x: Tensor<S, "f32">,
  gamma: Tensor<G, "f32"> & Agree<Axis<G, -1>, Axis<S, -1>, "gamma and x differ in channels">,
  beta: Tensor<H, "f32"> & Agree<Axis<H, -1>, Axis<S, -1>, "beta and x differ in channels">,
  options?: NormOptions,
): Tensor<S, "f32">;
export function layerNorm(x: Tensor<Shape, "f32">, gamma: Tensor, beta: Tensor, options: NormOptions = {}): Tensor {
  const C = channelsOf("layerNorm", x, gamma, beta);
  return norm("layerNorm", { B: x.size / C, HW: 1, C, groups: 1 }, x, gamma, beta, options);
}

/** Run-time twin of the gates. */
function channelsOf(op: string, x: Tensor, gamma: Tensor, beta: Tensor): number {
  const C = x.shape.at(-1);
  if (C === undefined) throw new ShapeError(op, `x must have a channel axis, got ${show(x.shape)}`);
  for (const [name, t] of Object.entries({ x, gamma, beta })) expectDType(op, name, t.dtype, "f32");
  for (const [name, t] of Object.entries({ gamma, beta })) {
    if (!sameShape(t.shape, [C])) {
      throw new ShapeError(op, `${name} must be [${C}], the channels of x ${show(x.shape)}, got ${show(t.shape)}`);
    }
  }
  return C;
}

function norm(op: string, dims: NormDims, x: Tensor, gamma: Tensor, beta: Tensor, options: NormOptions): Tensor {
  const device = deviceOf(op, x, gamma, beta);
  const chosen = { eps: options.eps ?? 1e-5, gelu: options.activation === "gelu" };
  if (!(chosen.eps > 0)) throw new ShapeError(op, `eps must be positive, got ${options.eps}`);
  const y = device.empty(op, x.shape, "f32");
  const stats = device.empty(op, [2 * dims.B * dims.groups], "f32");
  launchChain(op, normForwardChain(dims, chosen, device.profile), device, [x, gamma, beta, y, stats]);

  const vjp: Vjp<"x" | "gamma" | "beta"> = (dy, wants, { x: soFar }) => {
    const affine = wants.gamma || wants.beta;
    const dx = wants.x && device.empty(op, x.shape, "f32");
    const dgamma = affine && device.empty(op, gamma.shape, "f32");
    const dbeta = affine && device.empty(op, beta.shape, "f32");
    const asked = { x: wants.x, affine, add: Boolean(soFar) };
    const bound = [dx, dgamma, dbeta, soFar].map((gradient) => gradient || undefined);
    launchChain(op, normBackwardChain(dims, chosen, asked, device.profile), device, [
      x,
      gamma,
      beta,
      stats,
      dy,
      ...bound,
    ]);
    return { x: dx, gamma: wants.gamma && dgamma, beta: wants.beta && dbeta };
  };
  return derive(op, { x, gamma, beta }, y, vjp, ["x"]);
}
