/**
 * Which variant of the matrix product is taken for which kind of shape. What fits the sizes and the adapter is
 * `matmul/variants.ts`; what is measured, and how, is `tune` in the tensor package.
 */

/** Layout of the operands: `nt` is `a b^T`, with b stored as [N, K]. */
export const matmulForms = ["nn", "nt", "tn"] as const;
/** A name in `matmulForms`. */
export type MatmulForm = (typeof matmulForms)[number];

/** Shapes that behave alike; see `shapeClass`. */
export const shapeClasses = ["small", "tall", "long-k", "large"] as const;
/** A name in `shapeClasses`. */
export type ShapeClass = (typeof shapeClasses)[number];

/**
 * `naive`: one output an invocation. `tiled`: through workgroup memory, 4 x 4 outputs an invocation. `blocked`: the same
 * with 8 x 8. `lanes-H`: a subgroup of SG lanes, each holding
 * H vec4 of the operand that is broadcast, so that H * SG rows (of the result, or of b in `nt`) share every load.
 */
export const matmulVariants = ["naive", "tiled", "blocked", "lanes-1", "lanes-2", "lanes-4"] as const;
/** A name in `matmulVariants`. */
export type MatmulVariant = (typeof matmulVariants)[number];

/** `matmul/nn/tall` */
export type TuningKey = `matmul/${MatmulForm}/${ShapeClass}`;

/** The variant to take where it fits; a key that is missing leaves the choice to the launcher. */
export type TuningTable = Readonly<Partial<Record<TuningKey, MatmulVariant>>>;

/** Every key there is. */
export const tuningKeys: readonly TuningKey[] = matmulForms.flatMap((form) =>
  shapeClasses.map((shape): TuningKey => `matmul/${form}/${shape}`),
);

/** Multiply-adds up to which a product is small: a few tiles, so that parallelism decides. */
const small = 2 ** 19;

/** The class of a product of [M, K] by [K, N]. */
export function shapeClass({ M, N, K }: { readonly M: number; readonly N: number; readonly K: number }): ShapeClass {
  if (M * N * K <= small) return "small";
  if (M >= 16 * N) return "tall";
  if (K >= 8 * Math.max(M, N)) return "long-k";
  return "large";
}
