import { valueAndGrad } from "@snnmlp/autograd";
import { crossEntropy, type Device, mixedCrossEntropy, scope, type Tensor, tensor } from "@snnmlp/tensor";
import { describe, expect, expectTypeOf, test } from "vitest";
import { expectClose, noise } from "../kernels/run-launch.js";
import { checkOp, testDevices } from "../support/check-op.js";
import { timm } from "../support/timm.js";
import { of, ofType, refuses } from "../support/typed.js";

type Named = Readonly<Record<string, Tensor>>;
const f32 = <S extends readonly number[] = readonly [number]>(t: Tensor | undefined) => t as Tensor<S, "f32">;

/** lambda and weights: one share for all rows, and their mean. */
const evenly = (device: Device, R: number, lambda: number) => ({
  lambda: tensor(device, new Float32Array(R).fill(lambda), [R]),
  weights: tensor(device, new Float32Array(R).fill(1 / R), [R]),
});

describe("gives timm's soft targets and loss on every device", () => {
  test.each(timm.losses.map((each) => [each.K, each.lambda, each.smoothing, each] as const))(
    "%i classes, lambda %f, smoothing %f",
    async (K, lambda, labelSmoothing, { labels, logits, loss, gradient }) => {
      for (const [kind, device] of Object.entries(await testDevices())) {
        using _all = scope(device);
        const R = labels.length;
        const known = tensor(device, labels, [R], "i32");
        const mixing = { ...evenly(device, R, lambda), labelSmoothing };
        const found = valueAndGrad((x: Tensor<readonly [number, number], "f32">) =>
          mixedCrossEntropy(x, known, mixing),
        )(tensor(device, logits, [R, K]));
        expect(await found.value.item(), kind).toBeCloseTo(loss, 5);
        const [got, wanted] = [await device.readExact(found.gradient), Float64Array.from(gradient)];
        expectClose(got, wanted, "f32", `${kind}: gradient`);
      }
    },
  );
});

test.each([
  [1, 1],
  [5, 10],
  [6, 33],
  [2, 200],
])("%i x %i on oracle, naive and tuned, with shares and weights of their own", async (R, K) => {
  const given = {
    logits: { shape: [R, K], values: noise(R * K).map((x) => 4 * x) },
    labels: { shape: [R], values: Float64Array.from({ length: R }, (_, r) => (7 * r) % K), dtype: "i32" as const },
    lambda: { shape: [R], values: noise(R, 2).map((x) => Math.min(1, 1 + x)) },
    weights: { shape: [R], values: noise(R, 3).map(Math.abs) },
  };
  const op = ({ logits, labels, lambda, weights }: Named) =>
    mixedCrossEntropy(f32<readonly [number, number]>(logits), labels as Tensor<readonly [number], "i32">, {
      lambda: f32(lambda),
      weights: f32(weights),
      labelSmoothing: 0.1,
    });
  await checkOp(op, given, ["logits"]);
});

test("with lambda 1 and even weights it is crossEntropy", async () => {
  const { tuned } = await testDevices();
  const logits = tensor(tuned, noise(70), [7, 10]);
  const labels = tensor(tuned, [0, 1, 2, 3, 9, 9, 9], [7], "i32");
  const mixed = mixedCrossEntropy(logits, labels, { ...evenly(tuned, 7, 1), labelSmoothing: 0.1 });
  expect(await mixed.item()).toBeCloseTo(await crossEntropy(logits, labels, { labelSmoothing: 0.1 }).item(), 6);
});

test("a row of weight 0 counts for nothing, whatever it holds; a bad label counts where it is used", async () => {
  for (const device of Object.values(await testDevices())) {
    using _all = scope(device);
    const rows = [1, 2, 3, 4, 5, 6, NaN, 1, Infinity];
    const run = (labels: readonly number[], lambda: readonly number[], weights: readonly number[]) => {
      const known = tensor(device, labels, [3], "i32");
      const mixing = { lambda: tensor(device, lambda, [3]), weights: tensor(device, weights, [3]) };
      return valueAndGrad((x: Tensor<readonly [3, 3], "f32">) => mixedCrossEntropy(x, known, mixing))(
        tensor(device, rows, [3, 3]),
      );
    };
    const { value, gradient } = run([2, 0, 99], [1, 1, 1], [0.5, 0.5, 0]);
    const logSum = Math.log(1 + Math.exp(-1) + Math.exp(-2));
    expect(await value.item()).toBeCloseTo(0.5 * logSum + 0.5 * (logSum + 2), 5);
    expect([...(await gradient.read())].slice(6)).toEqual([0, 0, 0]);
    // row 0 takes a share of row 2's label, which is no class
    expect(await run([2, 0, 99], [0.5, 1, 1], [0.5, 0.5, 0]).value.item()).toBeNaN();
    expect(await run([-1, 0, 2], [1, 1, 1], [0.5, 0.5, 0]).value.item()).toBeNaN();
  }
});

test("shapes are checked by the compiler and at run time", () => {
  const mixing = { lambda: of(3), weights: of(3) };
  const labels = ofType("i32", 3);
  expectTypeOf(mixedCrossEntropy(of(3, 4), labels, mixing)).toEqualTypeOf<Tensor<readonly [], "f32">>();
  // @ts-expect-error two labels for three rows
  expect(() => mixedCrossEntropy(of(3, 4), ofType("i32", 2), mixing)).toThrow(
    "mixedCrossEntropy: i32 targets must be [3] for logits [3, 4], got [2]",
  );
  // @ts-expect-error two shares for three rows
  expect(() => mixedCrossEntropy(of(3, 4), labels, { ...mixing, lambda: of(2) })).toThrow(
    "mixedCrossEntropy: lambda must be [3] for logits [3, 4], got [2]",
  );
  expect(() => mixedCrossEntropy(of(3, 4), labels, { ...mixing, labelSmoothing: -1 })).toThrow(
    "mixedCrossEntropy: labelSmoothing must be between 0 and 1, got -1",
  );
  // @ts-expect-error soft targets: crossEntropy takes them
  refuses(() => mixedCrossEntropy(of(3, 4), of(3), mixing));
});
