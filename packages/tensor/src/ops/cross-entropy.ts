import { type CrossEntropy, crossEntropyLaunch, type RowDims, reduceChain } from "@snnmlp/kernels-wgsl";
import { expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive, deviceOf, launchChain } from "../op.js";
import { type Agree, type Axis, type Shape, sameShape, show } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions {
  /** Share of every target spread evenly over the classes, in [0, 1]; default 0. */
  readonly labelSmoothing?: number;
  /** `mean` (default) over the rows, or `none`: a loss for each. */
  readonly reduction?: "mean" | "none";
}

/** One number, or one per row. */
export type CrossEntropyShape<S extends Shape, O> = O extends { readonly reduction: "none" }
  ? readonly [Axis<S, -2>]
  : readonly [];

/**
 * Softmax cross entropy, `loss_r = -sum_k q_rk log softmax(logits_r)_k`, where `q = (1 - s) t + s/K` with label
 * smoothing s. Its gradient flows to the logits.
 *
 * @param logits [R, K]
 * @param targets labels [R] (u32 or i32; one outside [0, K) makes its row's loss NaN), or probabilities [R, K] (f32)
 * @returns [] or, with `reduction: "none"`, [R]
 * @throws ShapeError when the shapes do not fit
 *
 * ```ts
 * const loss = crossEntropy(logits, labels, { labelSmoothing: 0.1 });
 * ```
 */
export function crossEntropy<
  const S extends Shape,
  const L extends Shape,
  const O extends CrossEntropyOptions = Record<never, never>,
>(
  logits: Tensor<S, "f32">,
  targets: Tensor<L, "u32" | "i32"> & Agree<Axis<L, -1>, Axis<S, -2>, "labels and logits differ in rows">,
  options?: O,
): Tensor<CrossEntropyShape<S, O>, "f32">;
export function crossEntropy<
  const S extends Shape,
  const P extends Shape,
  const O extends CrossEntropyOptions = Record<never, never>,
>(
  logits: Tensor<S, "f32">,
  targets: Tensor<P, "f32"> & Agree<Axis<P, -1>, Axis<S, -1>, "targets and logits differ in classes">,
  options?: O,
): Tensor<CrossEntropyShape<S, O>, "f32">;
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const op = "crossEntropy";
  const device = deviceOf(op, logits, targets);
  const { labelSmoothing: smoothing = 0, reduction = "mean" } = options;
  const dims = rowsOf(op, logits, targets, smoothing);
  const perRow = reduction === "none";
  const kind: CrossEntropy = {
    targets: targets.dtype === "u32" || targets.dtype === "i32" ? targets.dtype : "f32",
    smoothing,
    perRow,
    scale: perRow ? 1 : 1 / dims.R,
  };
  const losses = device.empty(op, [dims.R], "f32");
  device.launch(op, crossEntropyLaunch(dims, "loss", kind), [logits, targets, logits, losses]);
  const y = perRow ? losses : meanOf(op, losses);

  return derive(op, { logits }, y, (dy) => {
    const dlogits = device.empty(op, logits.shape, "f32");
    device.launch(op, crossEntropyLaunch(dims, "gradient", kind), [logits, targets, dy, dlogits]);
    return { logits: dlogits };
  });
}

function meanOf(op: string, losses: Tensor): Tensor {
  const { device } = losses;
  const y = device.empty(op, [], "f32");
  const dims = { outer: 1, length: losses.size, inner: 1 };
  launchChain(op, reduceChain("mean", dims, "f32", device.profile), device, [losses, y]);
  losses.dispose();
  return y;
}

/** Run-time twin of the gates, and a check of the smoothing. */
export function rowsOf(op: string, logits: Tensor, targets: Tensor, smoothing: number): RowDims {
  expectDType(op, "logits", logits.dtype, "f32");
  expectDType(op, "targets", targets.dtype, "u32", "i32", "f32");
  const [R, K] = logits.shape;
  if (logits.rank !== 2 || R === undefined || K === undefined) {
    throw new ShapeError(op, `logits must be [R, K], got ${show(logits.shape)}`);
  }
  const wanted = targets.dtype === "f32" ? [R, K] : [R];
  if (!sameShape(targets.shape, wanted)) {
    const hint = targets.dtype === "f32" ? "; integer labels are u32 or i32" : "";
    const got = `got ${show(targets.shape)}${hint}`;
    throw new ShapeError(
      op,
      `${targets.dtype} targets must be ${show(wanted)} for logits ${show(logits.shape)}, ${got}`,
    );
  }
  if (smoothing >= 0 && smoothing <= 1) return { R, K };
  throw new ShapeError(op, `labelSmoothing must be between 0 and 1, got ${smoothing}`);
}
