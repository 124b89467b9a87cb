import { type CrossEntropy, crossEntropyLaunch, reduceChain } from "@snnmlp/kernels-wgsl";
import { expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive, deviceOf, launchChain } from "../op.js";
import { type Agree, type Axis, type Shape, sameShape, show } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { rowsOf } from "./cross-entropy.js";

/** How labels are mixed and rows weighed. */
export interface LabelMixing<R extends number = number> {
  /** Share of row r's own label in its target; the rest is at the label of row R - 1 - r. */
  readonly lambda: Tensor<readonly [R], "f32">;
  /** Factors of the rows' losses: 1/R in each for their mean. A row of weight 0 counts for nothing, whatever it holds. */
  readonly weights: Tensor<readonly [R], "f32">;
  /** Share of every target spread evenly over the classes, in [0, 1]; default 0. */
  readonly labelSmoothing?: number;
}

/**
 * Softmax cross entropy for a batch that was mixed with its reverse (see `prepareImages`): `sum_r weights_r loss_r` with
 * the targets `(1 - s) (lambda_r onehot(label_r) + (1 - lambda_r) onehot(label_{R-1-r})) + s/K`, which are never stored:
 * timm's `mixup_target` and SoftTargetCrossEntropy in one launch. Its gradient flows to the logits.
 *
 * @param logits [R, K]
 * @param labels [R]; one outside [0, K) makes the loss NaN where it counts
 * @returns []
 * @throws ShapeError when the shapes do not fit
 */
export function mixedCrossEntropy<const S extends Shape, const L extends Shape, const R extends number>(
  logits: Tensor<S, "f32">,
  labels: Tensor<L, "u32" | "i32"> & Agree<Axis<L, -1>, Axis<S, -2>, "labels and logits differ in rows">,
  mixing: LabelMixing<R> & Agree<R, Axis<S, -2>, "lambda and logits differ in rows">,
): Tensor<readonly [], "f32">;
export function mixedCrossEntropy(logits: Tensor, labels: Tensor, mixing: LabelMixing): Tensor {
  const op = "mixedCrossEntropy";
  const { lambda, weights, labelSmoothing: smoothing = 0 } = mixing;
  const device = deviceOf(op, logits, labels, lambda, weights);
  expectDType(op, "labels", labels.dtype, "u32", "i32");
  const dims = rowsOf(op, logits, labels, smoothing);
  for (const [name, given] of Object.entries({ lambda, weights })) {
    expectDType(op, name, given.dtype, "f32");
    if (sameShape(given.shape, [dims.R])) continue;
    throw new ShapeError(op, `${name} must be [${dims.R}] for logits ${show(logits.shape)}, got ${show(given.shape)}`);
  }
  const kind: CrossEntropy = {
    targets: labels.dtype === "u32" ? "u32" : "i32",
    smoothing,
    perRow: false,
    scale: 1,
    mixed: true,
  };
  const losses = device.empty(op, [dims.R], "f32");
  device.launch(op, crossEntropyLaunch(dims, "loss", kind), [logits, labels, logits, losses, lambda, weights]);
  const y = device.empty(op, [], "f32");
  const all = { outer: 1, length: dims.R, inner: 1 };
  launchChain(op, reduceChain("sum", all, "f32", device.profile), device, [losses, y]);
  losses.dispose();

  return derive(op, { logits }, y, (dy) => {
    const dlogits = device.empty(op, logits.shape, "f32");
    device.launch(op, crossEntropyLaunch(dims, "gradient", kind), [logits, labels, dy, dlogits, lambda, weights]);
    return { logits: dlogits };
  });
}
