import { type DropPathDims, dropPathLaunch } from "@snnmlp/kernels-wgsl";
import { expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive, deviceOf, viewAs } from "../op.js";
import { type Shape, sameShape, show } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { expectKey, type RandomKey } from "./random.js";

/** How a branch is dropped. */
export interface DropPathOptions {
  /** Probability that a sample's branch is dropped, in [0, 1). */
  readonly rate: number;
  /** One number per drop-path of a model, so that they fall independently. */
  readonly stream: number;
}

/**
 * Stochastic depth: each sample of a batch keeps its values, divided by 1 - rate, or has them all set to 0
 * (Huang et al., arXiv 1603.09382). No mask is stored: the gradient draws it again from the same key.
 *
 * @param x [B, ...]
 * @param key must hold the same values when the gradient is computed
 * @throws ShapeError for a rate outside [0, 1)
 */
export function dropPath<const S extends Shape>(
  x: Tensor<S, "f32">,
  key: RandomKey,
  options: DropPathOptions,
): Tensor<S, "f32">;
export function dropPath(x: Tensor, key: RandomKey, options: DropPathOptions): Tensor {
  const dims = dimsOf("dropPath", x, key, options);
  return derive("dropPath", { x }, dropped("dropPath", x, key, dims), (dy) => ({
    x: dropped("dropPath", dy, key, dims),
  }));
}

/** `residual + dropPath(x)` in one launch. @param residual of x's shape */
export function addDropPath<const S extends Shape>(
  residual: Tensor<S, "f32">,
  x: Tensor<S, "f32">,
  key: RandomKey,
  options: DropPathOptions,
): Tensor<S, "f32">;
export function addDropPath(residual: Tensor, x: Tensor, key: RandomKey, options: DropPathOptions): Tensor {
  const dims = dimsOf("addDropPath", x, key, options);
  expectDType("addDropPath", "residual", residual.dtype, "f32");
  if (!sameShape(residual.shape, x.shape)) {
    throw new ShapeError("addDropPath", `residual ${show(residual.shape)} must have the shape of x ${show(x.shape)}`);
  }
  const device = deviceOf("addDropPath", residual, x, key);
  const y = device.empty("addDropPath", x.shape, "f32");
  device.launch("addDropPath", dropPathLaunch({ ...dims, residual: true }), [key, x, y, residual]);
  return derive("addDropPath", { residual, x }, y, (dy, wants) => ({
    residual: wants.residual && viewAs("addDropPath", dy, dy.shape),
    x: wants.x && dropped("addDropPath", dy, key, dims),
  }));
}

function dropped(op: string, x: Tensor, key: RandomKey, dims: DropPathDims): Tensor {
  const y = deviceOf(op, x, key).empty(op, x.shape, "f32");
  x.device.launch(op, dropPathLaunch(dims), [key, x, y]);
  return y;
}

function dimsOf(op: string, x: Tensor, key: RandomKey, { rate, stream }: DropPathOptions): DropPathDims {
  expectDType(op, "x", x.dtype, "f32");
  expectKey(op, key, stream);
  const samples = x.shape[0];
  if (samples === undefined) throw new ShapeError(op, `x must have a batch axis, got ${show(x.shape)}`);
  if (!(rate >= 0 && rate < 1)) throw new ShapeError(op, `rate must be in [0, 1), got ${rate}`);
  return { samples, inner: x.size / samples, rate, stream, residual: false };
}
