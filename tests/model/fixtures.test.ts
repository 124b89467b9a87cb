import { type Comparison, compare, worst } from "snnmlp";
import { describe, expect, test } from "vitest";
import { testDevices } from "../support/check-op.js";
import { answersOf, modelFixture, trainAsRecorded, trainingFixture } from "../support/model-answers.js";

const devices = ["oracle", "naive", "tuned"] as const;
const modes = ["eager", "program"] as const;

/** Fails with the tensor that is furthest off. */
function expectAll(comparisons: readonly Comparison[]): void {
  const { name, relative = 0, tolerance = 0 } = worst(comparisons) ?? {};
  expect(relative, `${name} is off by ${relative} of its norm, allowed are ${tolerance}`).toBeLessThanOrEqual(
    tolerance,
  );
}

describe.each(["snnmlp-2stage", "snnmlp-nano"] as const)("%s", async (name) => {
  const fixture = await modelFixture(name);
  const largest = fixture.logits?.data.reduce((most, logit) => Math.max(most, Math.abs(logit)), 0) ?? 1;
  const torchLogits = (fixture.torchError.logits ?? 0) / largest;
  const torchGradient = fixture.torchError.grad ?? 0;
  // The oracle may be off by what the frozen answers were rounded by, tuned kernels by 4 times what PyTorch's own f32
  // is, naive ones, which add up term by term, by the project's bar.
  const limits = {
    oracle: { forward: 1e-6, backward: 1e-6 },
    naive: { forward: 1e-5, backward: 1e-4 },
    tuned: { forward: Math.min(1e-5, 4 * torchLogits), backward: Math.min(1e-4, 4 * torchGradient) },
  };

  describe.each(devices)("on %s", (which) => {
    // The oracle takes 10 s for all four stages: once must do.
    test.each(which === "oracle" ? ["program" as const] : modes)("logits, loss and gradients (%s)", async (mode) => {
      const device = (await testDevices())[which];
      const { logits, loss, gradients } = await answersOf(device, fixture, mode);
      const forward = { tolerance: limits[which].forward, measure: "max" } as const;
      const backward = { tolerance: limits[which].backward, measure: "norm" } as const;
      expect([...gradients.keys()]).toEqual([...fixture.gradients.keys()]);
      expectAll([
        compare("logits", [], logits, fixture.logits?.data ?? [], forward),
        compare("loss", [], loss, fixture.loss?.data ?? [], forward),
        ...[...fixture.gradients].map(([parameter, { shape, data }]) =>
          compare(parameter, shape, gradients.get(parameter) ?? [], data, backward),
        ),
      ]);
    });
  });
});

describe("a recorded training run", async () => {
  const fixture = await trainingFixture();
  const limits = { tolerance: 1e-3, measure: "norm" } as const;

  test.each((["naive", "tuned"] as const).flatMap((which) => modes.map((mode) => [which, mode] as const)))(
    "ends 20 updates where PyTorch does on %s (%s)",
    async (which, mode) => {
      const device = (await testDevices())[which];
      const { losses, gradientNorms, final } = await trainAsRecorded(device, fixture, mode, 20);
      expect([...final.keys()]).toEqual([...fixture.final.keys()]);
      expectAll([
        compare("losses", [], losses, fixture.losses?.data ?? [], limits),
        compare("gradient norms", [], gradientNorms, fixture.gradientNorms?.data ?? [], limits),
        ...[...fixture.final].map(([name, { shape, data }]) =>
          compare(name, shape, final.get(name)?.data ?? [], data, limits),
        ),
      ]);
    },
  );

  test.each(modes)("begins on the oracle as in PyTorch's float64 (%s)", async (mode) => {
    const { oracle } = await testDevices();
    const { losses, gradientNorms } = await trainAsRecorded(oracle, fixture, mode, 2);
    const exact = { tolerance: 1e-6, measure: "max" } as const;
    expectAll([
      compare("losses", [], losses, fixture.losses?.data.subarray(0, 2) ?? [], exact),
      compare("gradient norms", [], gradientNorms, fixture.gradientNorms?.data.subarray(0, 2) ?? [], exact),
    ]);
  });
});
