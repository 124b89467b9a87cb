import {
  chooseVariant,
  type MatmulDims,
  type MatmulVariant,
  matmulLaunch,
  matmulVariants,
  type Profile,
  shapeClass,
  shippedTunings,
  tableOf,
  tuningKey,
  tuningKeys,
  variantFits,
} from "@snnmlp/kernels-wgsl";
import { parseTuning } from "@snnmlp/tensor";
import { describe, expect, it } from "vitest";

const lavapipe: Profile = { kernels: "tuned", kind: "lavapipe", subgroupSize: 8 };
const product = (M: number, N: number, K: number, rest: Partial<MatmulDims> = {}): MatmulDims => ({
  ...{ batches: 1, M, N, K, transposeA: false, transposeB: false, sharedA: false, sharedB: false },
  ...rest,
});
const all = (variant: MatmulVariant) => Object.fromEntries(tuningKeys.map((key) => [key, variant]));

describe("a product's key", () => {
  it.each([
    [64, 64, 64, "small"],
    [128, 64, 64, "small"],
    [129, 64, 64, "large"],
    [8192, 32, 32, "tall"],
    [512, 32, 32, "small"],
    [1024, 64, 64, "tall"],
    [1023, 64, 64, "large"],
    [64, 128, 1024, "long-k"],
    [64, 128, 1023, "large"],
    [49, 768, 3072, "large"],
  ])("[%i, K] by [K, %i] of K %i is %s", (M, N, K, expected) => {
    expect(shapeClass({ M, N, K })).toBe(expected);
  });

  it("names the form and the class; a^T b^T has none", () => {
    expect(tuningKey(product(64, 64, 64))).toBe("matmul/nn/small");
    expect(tuningKey(product(8192, 32, 32, { transposeB: true }))).toBe("matmul/nt/tall");
    expect(tuningKey(product(32, 32, 8192, { transposeA: true }))).toBe("matmul/tn/long-k");
    expect(tuningKey(product(32, 32, 8192, { transposeA: true, transposeB: true }))).toBeUndefined();
  });
});

describe("the variant", () => {
  it("is the table's, for its key only", () => {
    const profile = { ...lavapipe, tuning: { "matmul/nn/small": "tiled" } } as const;
    expect(chooseVariant(product(64, 64, 64), profile)).toBe("tiled");
    expect(chooseVariant(product(64, 64, 64, { transposeB: true }), profile)).toBe("lanes-4");
    expect(chooseVariant(product(256, 256, 256), profile)).toBe("lanes-4");
  });

  it("is what a launch runs", () => {
    const run = (variant: MatmulVariant) => matmulLaunch(product(64, 64, 64), { ...lavapipe, tuning: all(variant) });
    expect(matmulVariants.map((variant) => run(variant).kernel.key)).toEqual([
      "matmul/naive+store TRANSPOSE_A=false TRANSPOSE_B=false",
      "matmul/tiled+store TRANSPOSE_A=false TRANSPOSE_B=false",
      "matmul/blocked+store TRANSPOSE_A=false TRANSPOSE_B=false",
      "matmul/lanes-nn+store SG=8 HELD=1 TM=8",
      "matmul/lanes-nn+store SG=8 HELD=2 TM=16",
      "matmul/lanes-nn+store SG=8 HELD=4 TM=32",
    ]);
  });

  const lanes2 = { ...lavapipe, tuning: all("lanes-2") };
  it.each<[string, MatmulDims, Profile, MatmulVariant]>([
    ["where K is no multiple of 4", product(64, 64, 63), lanes2, "naive"],
    ["where N is no multiple of 4", product(64, 63, 64), lanes2, "naive"],
    ["where M of a^T b is no multiple of 4", product(63, 64, 64, { transposeA: true }), lanes2, "naive"],
    ["for a^T b in batches", product(64, 64, 64, { transposeA: true, batches: 2 }), lanes2, "naive"],
    ["where the subgroup size is unknown", product(64, 64, 64), { ...lanes2, subgroupSize: undefined }, "naive"],
    ["on a GPU", product(64, 64, 64), { ...lanes2, kind: "gpu", subgroupSize: 32 }, "tiled"],
    ["with naive kernels", product(64, 64, 64), { ...lanes2, kernels: "naive" }, "naive"],
    ["beyond 65,535 groups", product(65_536 * 16, 4, 4), { ...lanes2, subgroupSize: 8 }, "lanes-4"],
  ])("of the table gives way %s", (_, dims, profile, expected) => {
    expect(variantFits("lanes-2", dims, profile)).toBe(false);
    expect(chooseVariant(dims, profile)).toBe(expected);
  });

  it("of the table stays where it fits, for subgroups of 4 too", () => {
    const four = { ...lavapipe, subgroupSize: 4, tuning: { "matmul/nn/small": "lanes-1" } } as const;
    expect(chooseVariant(product(64, 64, 64), four)).toBe("lanes-1");
    expect(chooseVariant(product(256, 256, 256), four)).toBe("lanes-2");
    expect(chooseVariant(product(7, 8, 12, { batches: 3 }), lanes2)).toBe("lanes-2");
  });
});

describe.each(["lavapipe", "swiftshader"] as const)("the table shipped for %s", (kind) => {
  const shipped = shippedTunings[kind];

  it("is valid and has every key", () => {
    expect(parseTuning(shipped)).toMatchObject({ kind, command: "snnmlp tune" });
    expect(shipped?.entries.map(({ key }) => key)).toEqual(tuningKeys);
  });

  it("chooses the fastest of the measured variants, give or take noise, on shapes of the entry's class", () => {
    for (const { key, variant, measured, shapes } of shipped?.entries ?? []) {
      const times = new Map(measured.flatMap((one) => ("ms" in one ? [[one.variant, one.ms]] : [])));
      expect(times.get(variant), key).toBeLessThanOrEqual(1.1 * Math.min(...times.values()));
      for (const [M = 0, N = 0, K = 0] of shapes) expect(key.split("/")[2]).toBe(shapeClass({ M, N, K }));
    }
  });

  it("gives a table that later ones override", () => {
    const mine = { kind, adapter: "", date: "2026-01-01", command: "" };
    const entry = { key: "matmul/nn/small", variant: "naive", shapes: [], measured: [] } as const;
    const table = tableOf(shipped, { ...mine, entries: [entry] });
    expect(table).toEqual({ ...tableOf(shipped), "matmul/nn/small": "naive" });
    expect(tableOf(undefined)).toEqual({});
  });
});
