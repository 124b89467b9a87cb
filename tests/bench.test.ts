import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";

/** Runs a built bench as a process of its own. */
function runBench(name: string, ...args: string[]) {
  const path = fileURLToPath(new URL(`../bench/dist/${name}.js`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
    encoding: "utf8",
    timeout: 100_000,
  });
  return { code: status, stdout, stderr };
}

const ms = z.number().positive();
const step = z.object({
  msMedian: ms,
  msMin: ms,
  runs: z.number(),
  dispatches: z.number().int().positive(),
  submits: z.number().int().positive(),
  bytes: z.number().int().positive(),
  firstStep: z.object({ ms, traceMs: z.number(), compileMs: z.number(), runMs: ms, pipelines: z.number().positive() }),
  host: z.object({ callMs: ms, replayMs: ms.optional(), usPerDispatch: ms.optional() }),
});

describe("bench:step", () => {
  it("measures a training step, replayed and eager: the same dispatches in fewer submits", () => {
    const small = ["--model", "pico", "--batch-size", "2", "--runs", "2", "--json"];
    const [replayed, eager] = [small, [...small, "--eager"]].map((args) => {
      const { code, stdout } = runBench("step", ...args);
      expect(code).toBe(0);
      return step.parse(JSON.parse(stdout));
    });
    expect(replayed?.runs).toBe(2);
    expect(replayed?.msMin).toBeLessThanOrEqual(replayed?.msMedian ?? 0);
    expect(replayed?.host.usPerDispatch).toBeGreaterThan(0);
    expect(replayed?.firstStep.traceMs).toBeGreaterThan(0);
    expect(eager?.host.usPerDispatch).toBeUndefined();
    expect(eager?.submits).toBeGreaterThanOrEqual(replayed?.submits ?? 0);
  });

  it("has a table, and refuses what it does not know", () => {
    const { code, stdout } = runBench("step", "--model", "pico", "--batch-size", "1", "--runs", "1", "--forward");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^forward, pico, batch 1 +program\nms, median +[\d.]+\n/);
    expect(runBench("step", "--model", "micro")).toMatchObject({
      code: 2,
      stderr: 'error: --model is one of pico, nano, tiny, small, base, got "micro"; see --help\n',
    });
    expect(runBench("step", "--runs", "0")).toMatchObject({
      code: 2,
      stderr: 'error: --runs is a whole number from 1, got "0"; see --help\n',
    });
  });
});

describe("bench:kernels", () => {
  it("checks and times a family, naive and tuned", () => {
    const { code, stdout } = runBench("kernels", "--family", "depthwise,adamw", "--batch-size", "1", "--json");
    expect(code).toBe(0);
    const speed = z.object({ ms, gbPerSecond: ms, error: z.number().max(1e-5), ok: z.literal(true) });
    const { results } = z
      .object({ results: z.array(z.object({ name: z.string(), naive: speed, tuned: speed, ratio: ms })) })
      .parse(JSON.parse(stdout));
    expect(results.map(({ name }) => name)).toEqual([
      "depthwise 3x3 [1, 56, 56, 96]",
      "depthwise 3x3 +backward",
      "adamw",
    ]);
  });
});

describe("bench:peers", () => {
  it("runs this project's side of a task in a process of its own", () => {
    const { code, stdout } = runBench("peers", "--peers", "", "--tasks", "lif-H", "--runs", "2", "--json");
    expect(code).toBe(0);
    const { results } = z
      .object({
        results: z.array(
          z.object({ name: z.string(), scores: z.object({ ours: z.object({ msMedian: ms, peakBytes: ms }) }) }),
        ),
      })
      .parse(JSON.parse(stdout));
    expect(results.map(({ name }) => name)).toEqual(["lif-H"]);
    // x, dy, y and dx of [8, 56, 56, 96] f32 and little more.
    expect(results[0]?.scores.ours.peakBytes).toBeGreaterThan(4 * 9_633_792);
  });

  it("lists the tasks when asked for one that does not exist", () => {
    const { code, stderr } = runBench("peers", "--tasks", "lif-D");
    expect(code).toBe(2);
    expect(stderr).toMatch(/--tasks "lif-D" names none of matmul-1024x1024x1024, .*tiny-train; see --help/);
  });
});

describe("bench:loader", () => {
  it("measures the loader and sharp alone in turns", () => {
    const small = ["--images", "128", "--runs", "1", "--workers", "1", "--size", "32", "--json"];
    const { code, stdout } = runBench("loader", ...small);
    expect(code).toBe(0);
    const side = z.object({ name: z.string(), imagesPerSecond: ms, cpuMs: ms });
    const { results } = z.object({ results: z.array(side), ratio: ms }).parse(JSON.parse(stdout));
    expect(results.map(({ name }) => name)).toEqual(["sharpAlone", "loader", "augmented"]);
  });
});
