import {
  type AdamWHyper,
  adamwHyper,
  adamwLaunch,
  clipScaleLaunch,
  reduceChain,
  sgdLaunch,
} from "@snnmlp/kernels-wgsl";
import type { Device } from "../device.js";
import { expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { deviceOf, launchChain } from "../op.js";
import { type Shape, sameShape, show } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { join } from "./concat.js";
import { tensor } from "./create.js";

/** The tensors of one AdamW update; all of one shape but the last two. Slabs of many parameters work as well as one. */
export interface AdamWState {
  /** Updated in place. */
  readonly param: Tensor<Shape, "f32">;
  /** Running mean of the gradient, zeros at first; updated in place. */
  readonly m: Tensor<Shape, "f32">;
  /** Running mean of its square, zeros at first; updated in place. */
  readonly v: Tensor<Shape, "f32">;
  readonly grad: Tensor<Shape, "f32">;
  /** [8]: learning rate and the rest, see `hyperparameters`. Written between steps, so a Program follows a schedule. */
  readonly hyper: Tensor<Shape, "f32">;
  /** [1] or more: the first value multiplies the gradient; below 0 nothing is updated. See `clipScale`. */
  readonly clip: Tensor<Shape, "f32">;
}

/** The values of `AdamWState.hyper` for one step: `hyper.write(hyperparameters({ lr, step, ... }))`. */
export const hyperparameters = (hyper: AdamWHyper): number[] => adamwHyper(hyper);

/**
 * One AdamW update in place, as PyTorch's (Loshchilov and Hutter, arXiv 1711.05101). Not differentiable.
 * @throws ShapeError when the shapes differ
 */
export function adamw(state: AdamWState): void {
  const { param, m, v, grad, hyper, clip } = state;
  expectSame("adamw", param, { m, v, grad });
  expectSize("adamw", { hyper: [hyper, 8], clip: [clip, 1] });
  deviceOf("adamw", param, m, v, grad, hyper, clip).launch("adamw", adamwLaunch(param.size), [
    param,
    m,
    v,
    grad,
    hyper,
    clip,
  ]);
}

/** The tensors of one SGD update with momentum. */
export interface SgdState {
  /** Updated in place. */
  readonly param: Tensor<Shape, "f32">;
  /** Zeros at first; updated in place. */
  readonly velocity: Tensor<Shape, "f32">;
  readonly grad: Tensor<Shape, "f32">;
  /** [4]: learning rate, weight decay, momentum, 0. */
  readonly hyper: Tensor<Shape, "f32">;
  /** [1] or more: the first value multiplies the gradient; below 0 nothing is updated. See `clipScale`. */
  readonly clip: Tensor<Shape, "f32">;
}

/** One SGD update with momentum in place, as PyTorch's. Not differentiable. @throws ShapeError when the shapes differ */
export function sgd(state: SgdState): void {
  const { param, velocity, grad, hyper, clip } = state;
  expectSame("sgd", param, { velocity, grad });
  expectSize("sgd", { hyper: [hyper, 4], clip: [clip, 1] });
  deviceOf("sgd", param, velocity, grad, hyper, clip).launch("sgd", sgdLaunch(param.size), [
    param,
    velocity,
    grad,
    hyper,
    clip,
  ]);
}

/** Sum of x squared over all elements, in a fixed order: what a gradient norm is made of. Not differentiable. */
export function sumOfSquares(x: Tensor<Shape, "f32">): Tensor<readonly [1], "f32"> {
  expectDType("sumOfSquares", "x", x.dtype, "f32");
  const y = x.device.empty("sumOfSquares", [1] as const, "f32");
  const dims = { outer: 1, length: x.size, inner: 1 };
  launchChain("sumOfSquares", reduceChain("sumOfSquares", dims, "f32", x.device.profile), x.device, [x, y]);
  return y;
}

/**
 * The factor that brings a gradient norm down to `maxNorm`, as `torch.nn.utils.clip_grad_norm_`; it stays on the GPU. It is
 * -1 where the norm or one of `finite` is infinite or NaN, and then `adamw` and `sgd` leave everything as it is.
 *
 * @param squares `sumOfSquares` of each slab of gradients; together they make one norm
 * @param maxNorm Infinity leaves gradients as they are
 * @param finite more values that must be finite, such as the loss
 * @param lossScale [2]: what the loss was multiplied by before its gradient was taken, and updates since that changed; 65,536
 *   and 0 at first. Factor and norm are those without it. It is adapted in place, as PyTorch's `GradScaler` does it.
 * @returns [2]: the factor, and the norm before clipping
 */
export function clipScale(
  squares: readonly Tensor<readonly [1], "f32">[],
  maxNorm: number,
  finite: readonly Tensor<readonly [1], "f32">[] = [],
  lossScale?: Tensor<readonly [2], "f32">,
): Tensor<readonly [2], "f32"> {
  const [first] = squares;
  if (!first) throw new ShapeError("clipScale", "needs at least one sum of squares");
  if (!(maxNorm > 0)) throw new ShapeError("clipScale", `maxNorm must be positive, got ${maxNorm}`);
  // The largest f32 stands for no limit: WGSL need not know infinity.
  const limit = Math.min(maxNorm, 3.4028234663852886e38);
  const { device } = first;
  const values = [...squares, ...finite];
  const all = values.length === 1 ? first : join("clipScale", values, 0, [values.length]);
  const y = device.empty("clipScale", [2] as const, "f32");
  const launch = clipScaleLaunch(squares.length, limit, finite.length, lossScale !== undefined);
  device.launch("clipScale", launch, [all, y, ...(lossScale ? [lossScale] : [])]);
  if (all !== first) all.dispose();
  return y;
}

/** A clip factor of 1, for updates without clipping. */
export const noClip = (device: Device): Tensor<readonly [1], "f32"> => tensor(device, [1], [1]);

function expectSame(op: string, param: Tensor, others: Readonly<Record<string, Tensor>>): void {
  for (const [name, other] of Object.entries(others)) {
    expectDType(op, name, other.dtype, "f32");
    if (sameShape(param.shape, other.shape)) continue;
    throw new ShapeError(op, `${name} must have param's shape ${show(param.shape)}, got ${show(other.shape)}`);
  }
}

function expectSize(op: string, needs: Readonly<Record<string, readonly [given: Tensor, size: number]>>): void {
  for (const [name, [given, size]] of Object.entries(needs)) {
    expectDType(op, name, given.dtype, "f32");
    if (given.size < size) throw new ShapeError(op, `${name} must hold ${size} values, got ${show(given.shape)}`);
  }
}
