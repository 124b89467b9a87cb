import { copyCeilingLaunch, multiplyAddCeilingLaunch } from "@snnmlp/kernels-wgsl";
import { measureCeilings, openDevice } from "@snnmlp/tensor";
import { expect, it } from "vitest";
import { checkLaunch, input, noise, output } from "./run-launch.js";

it.each([1, 4])("copies, %i vectors an invocation", async (per) => {
  for (const count of [4, 256, 1000, 4 * 64 * 4 + 4]) {
    await checkLaunch(copyCeilingLaunch(count, per), input(noise(count)), output(count));
  }
});

it("multiplies and adds", async () => {
  for (const [invocations, rounds] of [
    [1, 0],
    [65, 1],
    [200, 3],
  ] as const) {
    await checkLaunch(multiplyAddCeilingLaunch(invocations, rounds), input([0.75, -0.5]), output(invocations));
  }
});

it("measures what this adapter can do", async () => {
  await using device = await openDevice({ software: "allow" });
  const { bytesPerSecond, flopsPerSecond } = await measureCeilings(device);
  // Any computer of this century.
  expect(bytesPerSecond).toBeGreaterThan(1e8);
  expect(flopsPerSecond).toBeGreaterThan(1e8);
  expect(device.stats.liveBytes).toBe(0);
});
