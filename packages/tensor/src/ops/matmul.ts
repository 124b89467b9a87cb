import { type MatmulDims, matmulChain } from "@snnmlp/kernels-wgsl";
import { expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { derive, deviceOf, launchChain } from "../op.js";
import { type Agree, type Axis, type Leading, type Shape, sameShape, show, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { full } from "./create.js";
import { reshape } from "./reshape.js";

/** Which operands are stored transposed. */
export interface MatmulOptions {
  /** `a` is [..., K, M] instead of [..., M, K]. */
  readonly transposeA?: boolean;
  /** `b` is [..., N, K] instead of [..., K, N]. */
  readonly transposeB?: boolean;
}

/** Picks the axis from the end that a transpose flag selects; a flag only known at run time gives `number`. */
type Pick2<S extends Shape, Flag, Plain extends -1 | -2> = boolean extends Flag
  ? number
  : Flag extends true
    ? Axis<S, Plain extends -1 ? -2 : -1>
    : Axis<S, Plain>;
type FlagA<O> = O extends { readonly transposeA: infer F } ? F : false;
type FlagB<O> = O extends { readonly transposeB: infer F } ? F : false;

/** Shape of `matmul(a, b, options)`; batch axes come from the operand that has more of them. */
export type MatmulShape<A extends Shape, B extends Shape, O> = number extends A["length"] | B["length"]
  ? Shape
  : readonly [
      ...(B["length"] extends 2 ? Leading<A, 2> : Leading<B, 2>),
      Pick2<A, FlagA<O>, -2>,
      Pick2<B, FlagB<O>, -1>,
    ];

/**
 * Matrix product `c[m, n] = sum_k a[m, k] b[k, n]`, batched over leading axes.
 *
 * @param a [..., M, K]
 * @param b [..., K, N]; an operand of rank 2 serves every batch of the other
 * @returns [..., M, N]
 * @throws ShapeError when inner sizes or batch axes differ
 *
 * ```ts
 * const y = matmul(x, w, { transposeB: true }); // x [64, 96], w [10, 96] -> y [64, 10]
 * ```
 */
export function matmul<
  const A extends Shape,
  const B extends Shape,
  const O extends MatmulOptions = Record<never, never>,
>(
  a: Tensor<A, "f32">,
  b: Tensor<B, "f32"> & Agree<Pick2<A, FlagA<O>, -1>, Pick2<B, FlagB<O>, -2>, "inner dims differ">,
  options?: O,
): Tensor<MatmulShape<A, B, O>, "f32">;
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  expectDType("matmul", "a", a.dtype, "f32");
  expectDType("matmul", "b", b.dtype, "f32");
  const device = deviceOf("matmul", a, b);
  const { dims, batch } = plan(a.shape, b.shape, options);
  const y = device.empty("matmul", [...batch, dims.outer ?? dims.M, dims.N], "f32");
  launchChain("matmul", matmulChain(dims, device.profile), device, [a, b, y]);

  const tA = options.transposeA ?? false;
  const tB = options.transposeB ?? false;
  return derive("matmul", { a, b }, y, (dy, wants) => ({
    a: wants.a && sumBatch(tA ? product(b, dy, tB, true) : product(dy, b, false, !tB), a.shape),
    b: wants.b && gradientOfB(a, b, dy, tA, tB),
  }));
}

/** `matmul` over tensors whose shapes are only known at run time. */
function product(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  return matmul(a as Tensor<Shape, "f32">, b as Tensor<Shape, "f32">, { transposeA, transposeB });
}

/** A batched `a` times one matrix folds the batch into K: one long product instead of a product a batch and a sum. */
function gradientOfB(a: Tensor, b: Tensor, dy: Tensor, tA: boolean, tB: boolean): Tensor {
  const fold = b.rank === 2 && a.rank > 2 && !tA;
  const rows = (t: Tensor) => reshape(t, [sizeOf(t.shape.slice(0, -1)), t.shape.at(-1) ?? 1]);
  const [x, g] = fold ? [rows(a), rows(dy)] : [a, dy];
  return sumBatch(tB ? product(g, x, true, tA) : product(x, g, !tA, false), b.shape);
}

/** Sums over the batch axes an operand of rank 2 did not have, as a product with a row of ones. */
function sumBatch(gradient: Tensor, shape: Shape): Tensor {
  if (gradient.rank === shape.length) return gradient;
  const batches = sizeOf(gradient.shape) / sizeOf(shape);
  const flat = reshape(gradient, [batches, sizeOf(shape)]);
  return reshape(product(full(gradient.device, [1, batches], 1), flat, false, false), shape);
}

interface MatmulPlan {
  readonly dims: MatmulDims & { readonly outer?: number };
  readonly batch: Shape;
}

/** Run-time twin of the type gate: checks the shapes and says what the kernel is asked for. */
function plan(a: Shape, b: Shape, options: MatmulOptions): MatmulPlan {
  const { transposeA = false, transposeB = false } = options;
  const [K, M] = transposeA ? [a.at(-2), a.at(-1)] : [a.at(-1), a.at(-2)];
  const [N, K2] = transposeB ? [b.at(-2), b.at(-1)] : [b.at(-1), b.at(-2)];
  const told = `a ${show(a)}${transposeA ? " transposed" : ""} x b ${show(b)}${transposeB ? " transposed" : ""}`;
  if (M === undefined || N === undefined || K === undefined || K2 === undefined) {
    throw new ShapeError(
      "matmul",
      `needs tensors of rank 2 or more, got ${told}; reshape() a vector to [1, K] or [K, 1]`,
    );
  }
  if (K !== K2) {
    const hint =
      K === N
        ? `; did you mean { transposeB: ${!transposeB} }?`
        : M === K2
          ? `; did you mean { transposeA: ${!transposeA} }?`
          : "";
    throw new ShapeError("matmul", `inner dims differ (${K} vs ${K2}), ${told}${hint}`);
  }
  const batchA = a.slice(0, -2);
  const batchB = b.slice(0, -2);
  if (batchA.length > 0 && batchB.length > 0 && !sameShape(batchA, batchB)) {
    throw new ShapeError("matmul", `batch axes differ, ${told}; broadcast one of them first`);
  }
  const batch = batchA.length > 0 ? batchA : batchB;
  const batches = sizeOf(batch);
  const common = { N, K, transposeA, transposeB };
  if (batchB.length === 0 && !transposeA) {
    return { dims: { ...common, batches: 1, M: batches * M, outer: M, sharedA: false, sharedB: false }, batch };
  }
  const sharedA = batchA.length === 0 && batches > 1;
  const sharedB = batchB.length === 0 && batches > 1;
  return { dims: { ...common, batches, M, sharedA, sharedB }, batch };
}
