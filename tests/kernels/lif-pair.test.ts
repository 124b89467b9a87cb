import {
  type LifGradient,
  type LifPairDims,
  lifPairBackwardChain,
  lifPairForwardLaunch,
  type Profile,
} from "@snnmlp/kernels-wgsl";
import { describe, test } from "vitest";
import { checkLaunches, input, noise, output } from "./run-launch.js";

const profiles: readonly Profile[] = [
  { kernels: "naive", kind: "lavapipe" },
  { kernels: "tuned", kind: "lavapipe" },
  { kernels: "tuned", kind: "gpu" },
];

/** Forward and backward over grid values whose membranes (tau 1/2 and 1/4) keep away from both thresholds. */
async function check(dims: LifPairDims, gradient: LifGradient, profile: Profile): Promise<void> {
  const size = dims.B * dims.H * dims.W * dims.C;
  const { steps, scratch } = lifPairBackwardChain(dims, gradient, profile);
  const scalars = [[0.5], [0.25], [0.25], [0.125]].map((value) => input(value));
  const buffers = [
    input(noise(size, 5).map((x) => Math.round(8 * x) / 8 + 1 / 1200)),
    ...scalars,
    input(noise(size, 2).map((g) => g + 0.75)),
    input(noise(size, 3).map((g) => g + 0.75)),
    output(size),
    ...[output(1), output(1), output(1), output(1)],
    ...scratch.map((length) => output(length)),
    output(size),
    output(size),
  ];
  const forward = lifPairForwardLaunch(dims, gradient.output, profile);
  await checkLaunches([[forward, [0, 1, 2, 3, 4, 14, 15]], ...steps], buffers, [12, 13]);
}

describe.each(profiles)("$kernels kernels of $kind", (profile) => {
  test.each<LifPairDims>([
    { B: 1, H: 1, W: 1, C: 1, group: 1 },
    { B: 2, H: 7, W: 14, C: 12, group: 4 },
    { B: 3, H: 8, W: 3, C: 5, group: 4 },
    { B: 1, H: 9, W: 6, C: 8, group: 2 },
    { B: 2, H: 56, W: 56, C: 20, group: 4 },
  ])("two LIFs at once are their references: $B x $H x $W x $C, group $group", async (dims) => {
    await check(dims, { output: "membrane", surrogate: "none", alpha: 1 }, profile);
  });

  test("so are spikes with a surrogate", async () => {
    await check({ B: 2, H: 6, W: 5, C: 4, group: 4 }, { output: "spike", surrogate: "arctan", alpha: 2 }, profile);
  });
});
