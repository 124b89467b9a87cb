import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { runCli } from "./support/cli.js";

const folder = mkdtempSync(join(tmpdir(), "profile-"));
afterAll(() => rmSync(folder, { recursive: true }));

const ms = z.number().nonnegative();
const report = z.object({
  clock: z.enum(["gpu", "wall"]),
  ceilings: z.object({ bytesPerSecond: z.number().positive(), flopsPerSecond: z.number().positive() }),
  kernelMs: ms,
  betweenMs: ms,
  hostMs: ms,
  restMs: ms,
  wallMs: ms,
  usualMs: ms,
  kernels: z.array(
    z.object({
      kernel: z.string(),
      ops: z.array(z.string()).nonempty(),
      dispatches: z.number().positive(),
      ms: ms,
      bytes: z.number().positive(),
      flops: z.number().nonnegative(),
      ceilingShare: z.number().nonnegative(),
    }),
  ),
});
const event = z.object({ ph: z.enum(["M", "X"]), pid: z.number(), tid: z.number(), name: z.string() });
const complete = event.extend({ ph: z.literal("X"), ts: z.number(), dur: ms });

describe("snnmlp profile", () => {
  it("accounts for the whole step, and writes a trace of it", () => {
    const trace = join(folder, "trace.json");
    const command = ["profile", "--allow-software", "--model", "pico", "--batch-size", "4", "--steps", "2"];
    const { code, stdout } = runCli([...command, "--json", "--trace", trace]);
    expect(code).toBe(0);
    const found = report.parse(JSON.parse(stdout));
    expect(found.kernelMs + found.betweenMs + found.hostMs + found.restMs).toBeCloseTo(found.wallMs, 6);
    const sum = (of: (kernel: (typeof found.kernels)[number]) => number) =>
      found.kernels.reduce((total, kernel) => total + of(kernel), 0);
    expect(sum((kernel) => kernel.ms)).toBeCloseTo(found.kernelMs, 6);
    expect(found.kernels.map(({ kernel }) => kernel)).toContain("adamw/adamw");

    const { traceEvents } = z
      .object({ traceEvents: z.array(z.unknown()) })
      .parse(JSON.parse(readFileSync(trace, "utf8")));
    for (const each of traceEvents) event.parse(each);
    const slices = traceEvents.flatMap((each) => complete.safeParse(each).data ?? []);
    const kernels = slices.filter(({ name }) => name.includes("/"));
    expect(kernels).toHaveLength(2 * sum(({ dispatches }) => dispatches));
    const steps = slices.filter(({ name }) => name.startsWith("step "));
    expect(steps).toHaveLength(2);
    for (const { ts, dur } of kernels) {
      expect(steps.some((step) => ts >= step.ts - 1 && ts + dur <= step.ts + step.dur + 1)).toBe(true);
    }
  });

  it("has a table for people, also of the forward pass by the wall clock", () => {
    const { code, stdout } = runCli([
      "profile",
      "--allow-software",
      "--model",
      "pico",
      "--batch-size",
      "2",
      "--steps",
      "1",
      "--forward",
      "--clock",
      "wall",
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^forward pass of pico, batch 2, mean of 1, wall clock; ceilings: copy [\d.]+ GB\/s/);
    expect(stdout).toMatch(/^matmul\/.* \d+ /m);
    expect(stdout).not.toContain("adamw");
    expect(stdout).toMatch(/^profiled step +[\d.]+ +100\.0 %$/m);
  });

  it("says which file cannot be written, and which model does not exist", () => {
    const missing = join(folder, "none", "trace.json");
    const { code, stderr } = runCli([
      "profile",
      "--allow-software",
      "--model",
      "pico",
      "--batch-size",
      "1",
      "--steps",
      "1",
      "--trace",
      missing,
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(`error: ${missing}: no such file or folder; check the path`);
    expect(runCli(["profile", "--model", "micro"])).toMatchObject({
      code: 2,
      stderr: "error: no model is called micro; take one of pico, nano, tiny, small, base, or a .yaml file\n",
    });
  });
});
