import {
  type DepthwiseDims,
  depthwiseDxLaunch,
  depthwiseForwardLaunch,
  depthwiseWeightsChain,
} from "@snnmlp/kernels-wgsl";
import { expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive, deviceOf, launchChain } from "../op.js";
import { type Agree, type Axis, type Shape, sameShape, show } from "../shape.js";
import type { Tensor } from "../tensor.js";

/**
 * Depthwise 3x3 convolution with stride 1 and zero padding 1:
 * `y[b, h, w, c] = bias[c] + sum_ij x[b, h + i - 1, w + j - 1, c] weight[i, j, c]`.
 *
 * @param x [B, H, W, C]
 * @param weight [3, 3, C]; PyTorch stores it as [C, 1, 3, 3]
 * @param bias [C]
 * @returns [B, H, W, C]
 * @throws ShapeError when x is not of rank 4 or the channels differ
 */
export function depthwise<const S extends Shape, const W extends Shape, const H extends Shape>(
  x: Tensor<S, "f32">,
  weight: Tensor<W, "f32"> & Agree<Axis<W, -1>, Axis<S, -1>, "weight and x differ in channels">,
  bias: Tensor<H, "f32"> & Agree<Axis<H, -1>, Axis<S, -1>, "bias and x differ in channels">,
): Tensor<S, "f32">;
export function depthwise(x: Tensor<Shape, "f32">, weight: Tensor, bias: Tensor): Tensor {
  const device = deviceOf("depthwise", x, weight, bias);
  const dims = dimsOf(x, weight, bias);
  const y = device.empty("depthwise", x.shape, "f32");
  device.launch("depthwise", depthwiseForwardLaunch(dims, true, device.profile), [x, weight, bias, y]);

  return derive("depthwise", { x, weight, bias }, y, (dy, wants) => {
    const dx = wants.x && device.empty("depthwise", x.shape, "f32");
    if (dx) device.launch("depthwise", depthwiseDxLaunch(dims, device.profile), [dy, weight, bias, dx]);
    if (!wants.weight && !wants.bias) return { x: dx };
    const dweight = device.empty("depthwise", weight.shape, "f32");
    const dbias = device.empty("depthwise", bias.shape, "f32");
    launchChain("depthwise", depthwiseWeightsChain(dims, device.profile), device, [x, dy, dweight, dbias]);
    return { x: dx, weight: wants.weight && dweight, bias: wants.bias && dbias };
  });
}

/** Run-time twin of the gate. */
function dimsOf(x: Tensor, weight: Tensor, bias: Tensor): DepthwiseDims {
  const [B, H, W, C] = x.shape;
  if (x.rank !== 4 || B === undefined || H === undefined || W === undefined || C === undefined) {
    throw new ShapeError("depthwise", `x must be [B, H, W, C], got ${show(x.shape)}`);
  }
  for (const [name, t] of Object.entries({ x, weight, bias })) expectDType("depthwise", name, t.dtype, "f32");
  if (!sameShape(weight.shape, [3, 3, C])) {
    throw new ShapeError("depthwise", `weight must be [3, 3, ${C}] for x ${show(x.shape)}, got ${show(weight.shape)}`);
  }
  if (!sameShape(bias.shape, [C])) {
    throw new ShapeError("depthwise", `bias must be [${C}] for x ${show(x.shape)}, got ${show(bias.shape)}`);
  }
  return { B, H, W, C };
}
