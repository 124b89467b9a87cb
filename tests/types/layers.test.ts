import {
  addDropPath,
  crossEntropy,
  dropPath,
  groupNorm,
  layerNorm,
  lif,
  lifPair,
  logSoftmax,
  randomBernoulli,
  randomIntegers,
  randomKey,
  randomNormal,
  randomUniform,
  softmax,
  type Tensor,
} from "@snnmlp/tensor";
import { describe, expectTypeOf, test } from "vitest";
import { of, ofType, ofUnknown, refuses } from "../support/typed.js";

describe("groupNorm and layerNorm", () => {
  test("keep the shape", () => {
    expectTypeOf(groupNorm(of(2, 3, 8), 2, of(8), of(8))).toEqualTypeOf<Tensor<readonly [2, 3, 8], "f32">>();
    expectTypeOf(layerNorm(of(2, 8), of(8), of(8))).toEqualTypeOf<Tensor<readonly [2, 8], "f32">>();
    expectTypeOf(layerNorm(ofUnknown(2, 8), of(8), of(8)).shape).toEqualTypeOf<readonly number[]>();
  });

  test("gamma and beta have the channels of x", () => {
    // @ts-expect-error gamma
    refuses(() => groupNorm(of(2, 3, 8), 2, of(4), of(8)));
    // @ts-expect-error beta
    refuses(() => groupNorm(of(2, 3, 8), 2, of(8), of(4)));
    // @ts-expect-error gamma
    refuses(() => layerNorm(of(2, 8), of(2), of(8)));
    // @ts-expect-error beta
    refuses(() => layerNorm(of(2, 8), of(8), of(2)));
    refuses(() => layerNorm(ofUnknown(2, 8), of(2), of(2)));
    // @ts-expect-error integers
    refuses(() => layerNorm(ofType("i32", 2, 8), of(8), of(8)));
    // @ts-expect-error no such activation
    layerNorm(of(2, 8), of(8), of(8), { activation: "relu" });
  });
});

describe("lif and lifPair", () => {
  const [tau, vth] = [of(1), of(1)];

  test("keep the shape", () => {
    expectTypeOf(lif(of(2, 5, 5, 4), tau, vth, { axis: 1, group: 4 }).shape).toEqualTypeOf<readonly [2, 5, 5, 4]>();
    const [alongH, alongW] = lifPair(of(2, 5, 5, 4), { tauH: tau, vthH: vth, tauW: tau, vthW: vth }, { group: 4 });
    expectTypeOf(alongH).toEqualTypeOf<Tensor<readonly [2, 5, 5, 4], "f32">>();
    expectTypeOf(alongW).toEqualTypeOf<Tensor<readonly [2, 5, 5, 4], "f32">>();
  });

  test("floats, and options by name", () => {
    // @ts-expect-error spikes as u32
    refuses(() => lif(ofType("u32", 5), tau, vth, { axis: 0, group: 4 }));
    // @ts-expect-error no such surrogate
    refuses(() => lif(of(5), tau, vth, { axis: 0, group: 4, surrogate: "step" }));
    // @ts-expect-error no such output
    refuses(() => lif(of(5), tau, vth, { axis: 0, group: 4, output: "both" }));
    // @ts-expect-error no axis
    refuses(() => lif(of(5), tau, vth, { group: 4 }));
    // @ts-expect-error three scalars
    const three = () => lifPair(of(1, 5, 5, 4), { tauH: tau, vthH: vth, tauW: tau }, { group: 4 });
    expectTypeOf(three).toBeFunction();
  });
});

describe("softmax and crossEntropy", () => {
  const labels = ofType("u32", 3);

  test("one number, or one per row", () => {
    expectTypeOf(softmax(of(3, 8))).toEqualTypeOf<Tensor<readonly [3, 8], "f32">>();
    expectTypeOf(logSoftmax(of(3, 8))).toEqualTypeOf<Tensor<readonly [3, 8], "f32">>();
    expectTypeOf(crossEntropy(of(3, 8), labels)).toEqualTypeOf<Tensor<readonly [], "f32">>();
    expectTypeOf(crossEntropy(of(3, 8), ofType("i32", 3), { labelSmoothing: 0.1 }).shape).toEqualTypeOf<readonly []>();
    expectTypeOf(crossEntropy(of(3, 8), of(3, 8), { reduction: "none" }).shape).toEqualTypeOf<readonly [3]>();
  });

  test("targets fit the logits", () => {
    // @ts-expect-error four labels for three rows
    refuses(() => crossEntropy(of(3, 8), ofType("u32", 4)));
    // @ts-expect-error seven classes for eight
    refuses(() => crossEntropy(of(3, 8), of(3, 7)));
    // @ts-expect-error integer logits
    refuses(() => crossEntropy(ofType("i32", 3, 8), labels));
    // @ts-expect-error integers
    refuses(() => softmax(ofType("i32", 3, 8)));
    // @ts-expect-error no such reduction
    crossEntropy(of(3, 8), labels, { reduction: "sum" });
    refuses(() => crossEntropy(ofUnknown(3, 8), ofType("u32", 4)));
  });
});

describe("random draws", () => {
  const { device } = of(1);
  const key = randomKey(device, 1);

  test("their shapes and dtypes", () => {
    expectTypeOf(randomUniform(key, [2, 3])).toEqualTypeOf<Tensor<readonly [2, 3], "f32">>();
    expectTypeOf(randomNormal(key, [2])).toEqualTypeOf<Tensor<readonly [2], "f32">>();
    expectTypeOf(randomBernoulli(key, [2], { p: 0.5 })).toEqualTypeOf<Tensor<readonly [2], "u32">>();
    expectTypeOf(randomIntegers(key, [2], { high: 6 })).toEqualTypeOf<Tensor<readonly [2], "i32">>();
    expectTypeOf(dropPath(of(4, 2), key, { rate: 0.5, stream: 0 }).shape).toEqualTypeOf<readonly [4, 2]>();
  });

  test("a key is a key", () => {
    // @ts-expect-error three words
    refuses(() => randomUniform(ofType("u32", 3), [2]));
    // @ts-expect-error floats
    refuses(() => randomUniform(of(2), [2]));
    // @ts-expect-error a seed is not a key
    expectTypeOf(() => randomUniform(1, [2])).toBeFunction();
    // @ts-expect-error the residual has another shape
    refuses(() => addDropPath(of(4, 2), of(4, 3), key, { rate: 0.5, stream: 0 }));
    // @ts-expect-error how likely?
    refuses(() => randomBernoulli(key, [2], {}));
  });
});
