import { softmaxBackwardLaunch, softmaxLaunch } from "@snnmlp/kernels-wgsl";
import { expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive, deviceOf } from "../op.js";
import { type Shape, show } from "../shape.js";
import type { Tensor } from "../tensor.js";

/**
 * Softmax over the last axis: `y_k = exp(x_k) / sum_j exp(x_j)`, with the row's maximum subtracted first.
 *
 * @param x [..., K]
 * @returns [..., K]
 */
export function softmax<const S extends Shape>(x: Tensor<S, "f32">): Tensor<S, "f32"> {
  return onRows("softmax", x, false);
}

/**
 * The logarithm of softmax over the last axis: `y_k = x_k - log sum_j exp(x_j)`, finite where softmax rounds to 0.
 *
 * @param x [..., K]
 * @returns [..., K]
 */
export function logSoftmax<const S extends Shape>(x: Tensor<S, "f32">): Tensor<S, "f32"> {
  return onRows("logSoftmax", x, true);
}

function onRows<S extends Shape>(op: string, x: Tensor<S, "f32">, log: boolean): Tensor<S, "f32"> {
  expectDType(op, "x", x.dtype, "f32");
  const K = x.shape.at(-1);
  if (K === undefined) throw new ShapeError(op, `x must have an axis to normalise, got ${show(x.shape)}`);
  const device = deviceOf(op, x);
  const dims = { R: x.size / K, K };
  const y = device.empty(op, x.shape, "f32");
  device.launch(op, softmaxLaunch(dims, log), [x, y]);

  return derive(op, { x }, y, (dy) => {
    const dx = device.empty(op, x.shape, "f32");
    device.launch(op, softmaxBackwardLaunch(dims, log), [y, dy, dx]);
    return { x: dx };
  });
}
