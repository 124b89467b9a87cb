import {
  crossEntropy,
  depthwise,
  groupNorm,
  layerNorm,
  linear,
  logSoftmax,
  matmul,
  mixedCrossEntropy,
  mlp,
  softmax,
  type Tensor,
} from "@snnmlp/tensor";
import fc from "fast-check";
import { noise } from "../../kernels/run-launch.js";
import { type Floats, f32, product, property, size, u32, uniform } from "../../support/property.js";
import { lifProperty } from "./lif.js";

/** Three sizes of a matrix product, of at most 40,000 multiply-adds: the oracle repeats it for every slope. */
const sizes = fc.record({ M: size, N: size, K: size }).filter(({ M, N, K }) => M * N * K <= 40_000);
/** Leading axes in front of M. */
const leading = fc.constantFrom([], [1], [2], [3, 2]);

const gammaAndBeta = (C: number) => ({
  gamma: { shape: [C], values: noise(C, 2).map((g) => g + 1.5) },
  beta: uniform([C], 3),
});

const rows = fc.record({ R: size, K: size }).filter(({ R, K }) => R * K <= 1500);
const onRows = (op: (x: Floats) => Tensor) =>
  property(rows, ({ R, K }) => ({
    op: (inputs) => op(f32(inputs, "x")),
    given: { x: { shape: [R, K], values: noise(R * K).map((x) => 4 * x) } },
    differentiable: ["x"],
  }));

/** Ops that layers are made of. */
export const layers: Readonly<Record<string, () => Promise<void>>> = {
  matmul: property(
    fc.record({
      sizes,
      batch: leading,
      batched: fc.constantFrom("both", "a", "b"),
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
    }),
    ({ sizes: { M, N, K }, batch, batched, transposeA, transposeB }) => {
      const a = [...(batched === "b" ? [] : batch), ...(transposeA ? [K, M] : [M, K])];
      const b = [...(batched === "a" ? [] : batch), ...(transposeB ? [N, K] : [K, N])];
      return {
        op: (inputs) => matmul(f32(inputs, "a"), f32(inputs, "b"), { transposeA, transposeB }),
        given: { a: uniform(a), b: uniform(b, 2) },
        differentiable: ["a", "b"],
      };
    },
    40,
  ),
  linear: property(
    fc.record({ sizes, batch: leading, gelu: fc.boolean(), add: fc.boolean() }),
    ({ sizes: { M, N, K }, batch, gelu, add }) => ({
      op: (inputs) =>
        linear(f32(inputs, "x"), f32(inputs, "w"), f32(inputs, "bias"), {
          ...(gelu && { activation: "gelu" }),
          ...(add && { add: f32(inputs, "add") }),
        }),
      given: {
        x: uniform([...batch, M, K]),
        w: uniform([K, N], 2),
        bias: uniform([N], 3),
        ...(add && { add: uniform([...batch, M, N], 4) }),
      },
      differentiable: ["x", "w", "bias", ...(add ? ["add"] : [])],
    }),
  ),
  mlp: property(
    fc
      .record({ sizes, hidden: size, add: fc.boolean() })
      .filter(({ sizes: { M, N, K }, hidden }) => M * hidden * (N + K) <= 40_000),
    ({ sizes: { M, N, K }, hidden, add }) => ({
      op: (inputs) =>
        mlp(f32(inputs, "x"), f32(inputs, "w1"), f32(inputs, "b1"), f32(inputs, "w2"), f32(inputs, "b2"), {
          ...(add && { add: f32(inputs, "add") }),
        }),
      given: {
        x: uniform([M, K]),
        w1: uniform([K, hidden], 2),
        b1: uniform([hidden], 3),
        w2: uniform([hidden, N], 4),
        b2: uniform([N], 5),
        ...(add && { add: uniform([M, N], 6) }),
      },
      differentiable: ["x", "w1", "b1", "w2", "b2", ...(add ? ["add"] : [])],
    }),
    20,
  ),
  groupNorm: property(
    fc
      .record({
        B: fc.constantFrom(1, 2, 3),
        H: size,
        groups: fc.constantFrom(1, 1, 2, 3),
        perGroup: size,
        gelu: fc.boolean(),
      })
      .filter(({ B, H, groups, perGroup }) => B * H * groups * perGroup <= 1500 && H * perGroup > 2),
    ({ B, H, groups, perGroup, gelu }) => {
      const C = groups * perGroup;
      return {
        op: (inputs) =>
          groupNorm(
            f32(inputs, "x"),
            groups,
            f32(inputs, "gamma"),
            f32(inputs, "beta"),
            gelu ? { activation: "gelu" } : {},
          ),
        given: { x: { shape: [B, H, C], values: noise(B * H * C).map((x) => 2 * x + 0.3) }, ...gammaAndBeta(C) },
        differentiable: ["x", "gamma", "beta"],
      };
    },
  ),
  layerNorm: property(
    rows.filter(({ K }) => K > 2),
    ({ R, K }) => ({
      op: (inputs) => layerNorm(f32(inputs, "x"), f32(inputs, "gamma"), f32(inputs, "beta"), { eps: 1e-3 }),
      given: { x: { shape: [R, K], values: noise(R * K).map((x) => 2 * x + 0.3) }, ...gammaAndBeta(K) },
      differentiable: ["x", "gamma", "beta"],
    }),
  ),
  depthwise: property(
    fc.tuple(fc.constantFrom(1, 2), size, size, size).filter((shape) => product(shape) <= 1200),
    (shape) => {
      const C = shape[3];
      return {
        op: (inputs) => depthwise(f32(inputs, "x"), f32(inputs, "weight"), f32(inputs, "bias")),
        given: { x: uniform(shape), weight: uniform([3, 3, C], 2), bias: uniform([C], 3) },
        differentiable: ["x", "weight", "bias"],
      };
    },
  ),
  softmax: onRows(softmax),
  logSoftmax: onRows(logSoftmax),
  crossEntropy: property(
    fc.record({
      rows,
      soft: fc.boolean(),
      labelSmoothing: fc.constantFrom(0, 0.1),
      reduction: fc.constantFrom("mean" as const, "none" as const),
    }),
    ({ rows: { R, K }, soft, ...options }) => {
      const logits = { shape: [R, K], values: noise(R * K).map((x) => 4 * x) };
      const labels = {
        shape: [R],
        values: Float64Array.from({ length: R }, (_, r) => (7 * r) % K),
        dtype: "i32" as const,
      };
      const targets = soft ? { shape: [R, K], values: noise(R * K, 2).map(Math.abs) } : labels;
      return {
        op: (inputs) =>
          soft
            ? crossEntropy(f32(inputs, "logits"), f32(inputs, "targets"), options)
            : crossEntropy(f32(inputs, "logits"), inputs.targets as Tensor<readonly number[], "i32">, options),
        given: { logits, targets },
        differentiable: ["logits"],
      };
    },
    20,
  ),
  mixedCrossEntropy: property(
    fc.record({ rows, labelSmoothing: fc.constantFrom(0, 0.1), seed: fc.nat(1000) }),
    ({ rows: { R, K }, labelSmoothing, seed }) => ({
      op: (inputs) => {
        const [lambda, weights] = [f32(inputs, "lambda"), f32(inputs, "weights")] as Tensor<readonly [number], "f32">[];
        if (!lambda || !weights) throw new Error("inputs are missing");
        return mixedCrossEntropy(f32(inputs, "logits"), u32(inputs, "labels"), { lambda, weights, labelSmoothing });
      },
      given: {
        logits: { shape: [R, K], values: noise(R * K, seed).map((x) => 4 * x) },
        labels: {
          shape: [R],
          values: Float64Array.from({ length: R }, (_, r) => (7 * r + seed) % K),
          dtype: "u32" as const,
        },
        // some rows whole, some mixed; some left out
        lambda: { shape: [R], values: noise(R, seed + 1).map((x) => Math.min(1, 1 + x)) },
        weights: { shape: [R], values: noise(R, seed + 2).map((x) => Math.max(0, x + 0.5)) },
      },
      differentiable: ["logits"],
    }),
    20,
  ),
  lif: lifProperty("one"),
  lifPair: lifProperty("pair"),
};
