import { ShapeError } from "../errors.js";
import { derive, deviceOf } from "../op.js";
import { type Agree, type Axis, type Leading, type Shape, sameShape, show } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { dimsOf, inputGradient, productLaunch, weightGradients } from "./linear.js";

/** Shape of `mlp(x, ...)`: the last axis of x becomes the columns of w2. */
export type MlpShape<X extends Shape, W2 extends Shape> = number extends X["length"]
  ? Shape
  : readonly [...Leading<X, 1>, Axis<W2, -1>];

/**
 * Two linear layers with a GELU between: `y = add + gelu(x w1 + b1) w2 + b2`. The backward pass multiplies by the
 * GELU's derivative in the launch that multiplies by w2, so the hidden layer's gradient is written once.
 *
 * @param x [..., K]
 * @param w1 [K, H]
 * @param b1 [H]
 * @param w2 [H, N]
 * @param b2 [N]
 * @param options `add`: a tensor of the result's shape, such as the residual
 * @returns [..., N]
 * @throws ShapeError when the sizes do not chain
 */
export function mlp<const X extends Shape, const W1 extends Shape, const W2 extends Shape>(
  x: Tensor<X, "f32">,
  w1: Tensor<W1, "f32"> & Agree<Axis<W1, -2>, Axis<X, -1>, "w1's rows and x's channels differ">,
  b1: Tensor<Shape, "f32">,
  w2: Tensor<W2, "f32"> & Agree<Axis<W2, -2>, Axis<W1, -1>, "w2's rows and w1's columns differ">,
  b2: Tensor<Shape, "f32">,
  options?: { readonly add?: Tensor<Shape, "f32"> },
): Tensor<MlpShape<X, W2>, "f32">;
export function mlp(x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, options: { add?: Tensor } = {}): Tensor {
  const { add } = options;
  const device = add ? deviceOf("mlp", x, w1, b1, w2, b2, add) : deviceOf("mlp", x, w1, b1, w2, b2);
  const leading = x.shape.slice(0, -1);
  const first = dimsOf("mlp", x, w1, b1);
  const z = device.empty("mlp", [...leading, first.N], "f32");
  const h = device.empty("mlp", z.shape, "f32");
  const second = dimsOf("mlp", h, w2, b2);
  const y = device.empty("mlp", [...leading, second.N], "f32");
  if (add && !sameShape(add.shape, y.shape)) {
    throw new ShapeError("mlp", `add must have the result's shape ${show(y.shape)}, got ${show(add.shape)}`);
  }
  device.launch("mlp", productLaunch(first, device.profile, "gelu"), [x, w1, b1, z, h]);
  const last = add ? [h, w2, b2, add, y] : [h, w2, b2, y];
  device.launch("mlp", productLaunch(second, device.profile, add ? "biasAdd" : "bias"), last);

  return derive("mlp", { x, w1, b1, w2, b2, ...(add && { add }) }, y, (dy, wants) => {
    const dz = (wants.x || wants.w1 || wants.b1) && inputGradient("mlp", dy, w2, z.shape, second, z);
    const [dw2, db2] = wants.w2 || wants.b2 ? weightGradients("mlp", h, dy, second) : [];
    const [dw1, db1] = dz && (wants.w1 || wants.b1) ? weightGradients("mlp", x, dz, first) : [];
    return {
      x: wants.x && dz && inputGradient("mlp", dz, w1, x.shape, first),
      w1: wants.w1 && dw1,
      b1: wants.b1 && db1,
      w2: wants.w2 && dw2,
      b2: wants.b2 && db2,
      add: wants.add && dy,
    };
  });
}
