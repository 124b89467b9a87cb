import * as library from "@snnmlp/tensor";
import { expect, test } from "vitest";
import { elementwise } from "./gradients/elementwise.js";
import { layers } from "./gradients/layers.js";
import { layout } from "./gradients/layout.js";

// Every property is the whole of `checkOp`: naive and tuned kernels give the oracle's values and gradients, and the
// oracle's gradients are its central differences. Shapes and options are random, seeds fixed. Properties of layers run
// in a file of their own, beside this one.
const gradients = { ...elementwise, ...layout, ...layers };

/** Exported functions without a gradient. A new export stands here or has a property above. */
const others = new Set([
  // devices, memory and programs
  ...["findAdapter", "listAdapters", "measureCeilings", "openDevice", "openOracle"],
  ...["compile", "derive", "deriveAll", "makeSlab", "profile", "scope"],
  // tuning
  ...["parseTuning", "readUserTuning", "resetUserTuning", "tune", "tuningInForce", "userTuningPath", "writeUserTuning"],
  // makers of tensors
  ...[
    "full",
    "ones",
    "packBytes",
    "prepareImages",
    "tensor",
    "zeros",
    "randomBernoulli",
    "randomIntegers",
    "randomKey",
    "randomNormal",
    "randomUniform",
  ],
  // the gradient is zero wherever it exists
  ...["ceil", "floor", "round", "sign", "finite", "oneHot", "argmax", "argmin"],
  ...["equal", "greater", "greaterEqual", "less", "lessEqual", "logicalAnd", "logicalNot", "logicalOr", "notEqual"],
  // optimisers
  ...["adamw", "blend", "clipScale", "hyperparameters", "noClip", "sgd", "sumOfSquares"],
]);

test("every exported op has a gradient property, or is known to have no gradient", () => {
  const isFunction = ([name, value]: [string, unknown]) => typeof value === "function" && /^[a-z]/.test(name);
  const exported = Object.entries(library)
    .filter(isFunction)
    .map(([name]) => name);
  expect(
    exported.filter((name) => !(name in gradients) && !others.has(name)),
    "without a property",
  ).toEqual([]);
  expect(
    [...Object.keys(gradients), ...others].filter((name) => !exported.includes(name)),
    "not exported",
  ).toEqual([]);
  expect(
    [...others].filter((name) => name in gradients),
    "both",
  ).toEqual([]);
});

test.each(Object.entries({ ...elementwise, ...layout }))("%s", async (_, holds) => {
  await holds();
});
