import { blendLaunch } from "@snnmlp/kernels-wgsl";
import { expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { deviceOf } from "../op.js";
import { type Shape, sameShape, show } from "../shape.js";
import type { Tensor } from "../tensor.js";

/**
 * `y = keep y + add x` in place, with `factors` [2] = keep, add, so that a Program follows what is written there. keep = 0
 * forgets y, also where it is no number. Not differentiable: for moving averages of parameters, and for gradients of
 * several batches.
 *
 * @throws ShapeError when y and x have different shapes, or factors are not two
 */
export function blend(y: Tensor<Shape, "f32">, x: Tensor<Shape, "f32">, factors: Tensor<Shape, "f32">): void {
  for (const [name, tensor] of Object.entries({ y, x, factors })) expectDType("blend", name, tensor.dtype, "f32");
  if (!sameShape(y.shape, x.shape)) {
    throw new ShapeError("blend", `x must have y's shape ${show(y.shape)}, got ${show(x.shape)}`);
  }
  if (factors.size !== 2) throw new ShapeError("blend", `factors must hold 2 values, got ${show(factors.shape)}`);
  deviceOf("blend", y, x, factors).launch("blend", blendLaunch(y.size), [y, x, factors]);
}
