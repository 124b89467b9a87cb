import type { MatmulDims, Profile, ShapeClass, TuningKey } from "@snnmlp/kernels-wgsl";

type Sizes = readonly [M: number, N: number, K: number];

/** Products that stand for a class: those of the nano and tiny models where a CPU computes, larger ones for GPUs. */
const timed: Readonly<Record<"cpu" | "gpu", Readonly<Record<ShapeClass, readonly [Sizes, Sizes]>>>> = {
  cpu: {
    small: [
      [64, 64, 64],
      [96, 128, 32],
    ],
    tall: [
      [8192, 32, 32],
      [3136, 96, 96],
    ],
    "long-k": [
      [32, 32, 8192],
      [96, 96, 3136],
    ],
    large: [
      [256, 256, 256],
      [196, 384, 384],
    ],
  },
  gpu: {
    small: [
      [64, 64, 64],
      [96, 128, 32],
    ],
    tall: [
      [65_536, 128, 128],
      [50_176, 96, 384],
    ],
    "long-k": [
      [128, 128, 65_536],
      [96, 384, 50_176],
    ],
    large: [
      [2048, 2048, 2048],
      [1024, 4096, 1024],
    ],
  },
};

/** Just large enough for the class, with edges that no tile divides. */
const checked: Readonly<Record<ShapeClass, Sizes>> = {
  small: [44, 52, 36],
  tall: [1300, 20, 28],
  "long-k": [20, 36, 1028],
  large: [84, 76, 100],
};

/** The sizes whose products are timed, and one that is compared with its float64 reference. */
export function tuningShapes(
  key: TuningKey,
  kind: Profile["kind"],
): { readonly timed: readonly Sizes[]; readonly checked: Sizes } {
  const shape = key.slice("matmul/nn/".length) as ShapeClass;
  return { timed: timed[kind === "gpu" ? "gpu" : "cpu"][shape], checked: checked[shape] };
}

/** What a launcher is asked for. */
export function dimsOf(key: TuningKey, [M, N, K]: Sizes): MatmulDims {
  const transposeA = key.startsWith("matmul/tn");
  const transposeB = key.startsWith("matmul/nt");
  return { batches: 1, M, N, K, transposeA, transposeB, sharedA: false, sharedB: false };
}
