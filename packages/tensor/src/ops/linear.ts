import {
  type EpilogueName,
  type Launch,
  matmulLaunch,
  type Profile,
  unaryGradLaunch,
  weightGradientChain,
} from "@snnmlp/kernels-wgsl";
import { expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive, deviceOf, launchChain, type Wants } from "../op.js";
import { type Agree, type Axis, type Leading, type Shape, sameShape, show } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** What `linear` does with `x w + bias` before it stores it. */
export interface LinearOptions {
  /** `gelu`: the exact (erf) GELU. */
  readonly activation?: "gelu";
  /** A tensor of the result's shape that is added last: a residual, or another branch of a sum. */
  readonly add?: Tensor<Shape, "f32">;
}

/** Shape of `linear(x, w, bias)`: the last axis of x becomes the columns of w. */
export type LinearShape<X extends Shape, W extends Shape> = number extends X["length"]
  ? Shape
  : readonly [...Leading<X, 1>, Axis<W, -1>];

/**
 * Linear layer over the last axis, fused with what follows: `y = add + activation(x w + bias)`, one launch.
 * On channels-last activations it is a 1x1 convolution.
 *
 * @param x [..., K]
 * @param w [K, N]
 * @param bias [N]
 * @returns [..., N]
 * @throws ShapeError when K, N or the shape of `add` does not fit
 */
export function linear<const X extends Shape, const W extends Shape, const B extends Shape>(
  x: Tensor<X, "f32">,
  w: Tensor<W, "f32"> & Agree<Axis<W, -2>, Axis<X, -1>, "w's rows and x's channels differ">,
  bias: Tensor<B, "f32"> & Agree<Axis<B, -1>, Axis<W, -1>, "bias and w's columns differ">,
  options?: LinearOptions,
): Tensor<LinearShape<X, W>, "f32">;
export function linear(x: Tensor, w: Tensor, bias: Tensor, options: LinearOptions = {}): Tensor {
  const { activation, add } = options;
  const dims = dimsOf("linear", x, w, bias);
  const device = add ? deviceOf("linear", x, w, bias, add) : deviceOf("linear", x, w, bias);
  const y = device.empty("linear", [...x.shape.slice(0, -1), dims.N], "f32");
  if (add && !sameShape(add.shape, y.shape)) {
    throw new ShapeError("linear", `add must have the result's shape ${show(y.shape)}, got ${show(add.shape)}`);
  }
  const z = activation && device.empty("linear", y.shape, "f32");
  const epilogue: EpilogueName = activation ? (add ? "geluAdd" : "gelu") : add ? "biasAdd" : "bias";
  const buffers = [x, w, bias, add, z, y].filter((buffer) => buffer !== undefined);
  device.launch("linear", productLaunch(dims, device.profile, epilogue), buffers);

  return derive("linear", { x, w, bias, ...(add && { add }) }, y, (dy, wants: Wants<"x" | "w" | "bias" | "add">) => {
    const dz = z ? geluGradient(dy, z) : dy;
    const [dw, dbias] = wants.w || wants.bias ? weightGradients("linear", x, dz, dims) : [];
    return {
      x: wants.x && inputGradient("linear", dz, w, x.shape, dims),
      w: wants.w && dw,
      bias: wants.bias && dbias,
      add: wants.add && dy,
    };
  });
}

export interface LinearDims {
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** Run-time twin of the gates: [M, K] x [K, N] + [N], with M the product of x's leading axes. */
export function dimsOf(op: string, x: Tensor, w: Tensor, bias: Tensor): LinearDims {
  for (const [name, t] of Object.entries({ x, w, bias })) expectDType(op, name, t.dtype, "f32");
  const K = x.shape.at(-1);
  const [rows, N] = w.shape;
  if (K === undefined || w.rank !== 2 || N === undefined || rows !== K) {
    throw new ShapeError(op, `w must be [K, N] for x [..., K], got x ${show(x.shape)}, w ${show(w.shape)}`);
  }
  if (!sameShape(bias.shape, [N])) {
    throw new ShapeError(op, `bias must be [${N}], the columns of w ${show(w.shape)}, got ${show(bias.shape)}`);
  }
  return { M: x.size / K, N, K };
}

/** The launch of `a [M, K] w [K, N]`. */
export function productLaunch(dims: LinearDims, profile: Profile, epilogue: EpilogueName): Launch {
  const product = { ...dims, batches: 1, transposeA: false, transposeB: false, sharedA: false, sharedB: false };
  return matmulLaunch(product, profile, epilogue);
}

/** dx = dy w^T, in the shape of x; with `z`, dx gelu'(z): the gradient before a GELU that gave x. */
export function inputGradient(op: string, dy: Tensor, w: Tensor, shape: Shape, dims: LinearDims, z?: Tensor): Tensor {
  const { device } = dy;
  const dx = device.empty(op, shape, "f32");
  const { M, N, K } = dims;
  const product = { batches: 1, M, N: K, K: N, transposeA: false, transposeB: true, sharedA: false, sharedB: false };
  device.launch(op, matmulLaunch(product, device.profile, z ? "geluGrad" : "store"), z ? [dy, w, z, dx] : [dy, w, dx]);
  return dx;
}

/** dw = x^T dy [K, N] and the column sums of dy [N]. */
export function weightGradients(
  op: string,
  x: Tensor,
  dy: Tensor,
  dims: LinearDims,
): readonly [dw: Tensor, dbias: Tensor] {
  const { device } = dy;
  const dw = device.empty(op, [dims.K, dims.N], "f32");
  const dbias = device.empty(op, [dims.N], "f32");
  launchChain(op, weightGradientChain(dims, device.profile), device, [x, dy, dw, dbias]);
  return [dw, dbias];
}

/** dy gelu'(z). */
function geluGradient(dy: Tensor, z: Tensor): Tensor {
  const { device } = dy;
  const dz = device.empty("linear", z.shape, "f32");
  device.launch("linear", unaryGradLaunch("gelu", z.size, "f32"), [dy, z, dz]);
  return dz;
}
