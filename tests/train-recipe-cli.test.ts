import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program, runCli } from "./support/cli.js";
import { tinyMnist } from "./support/tiny-set.js";

const folder = mkdtempSync(join(tmpdir(), "train-recipe-"));
afterAll(() => rmSync(folder, { recursive: true }));
const data = join(folder, "data");
beforeAll(() => tinyMnist(data, 96, 40));

const lines = (out: string) =>
  readFileSync(join(out, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

const small = ["--embed-dim", "8", "--depths", "1,1", "--data", data, "--allow-software", "--workers", "1"];
const all = [
  "--recipe",
  "imagenet",
  "--batch-size",
  "8",
  "--accumulation-steps",
  "2",
  "--ema",
  "0.9",
  "--warmup-epochs",
  "1",
];

describe("the authors' recipe in little: all augmentation, accumulation, a moving average", () => {
  const whole = join(folder, "whole");
  const args = ["train", ...small, ...all, "--epochs", "3", "--fixed-tau", "--smoothing", "0.2"];

  it("sums up and evaluates every epoch, model and average", () => {
    const { code, stdout, stderr } = runCli([...args, "--out", whole, "--json"], 120_000);
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ steps: 18, evaluation: { images: 40 }, averageEvaluation: { images: 40 } });
    expect(stderr).toContain("epoch 3/3");
    const epochs = lines(whole).filter(({ trainLoss }) => trainLoss !== undefined);
    expect(epochs.map(({ step, epoch }) => [step, epoch])).toEqual([
      [6, 0],
      [12, 1],
      [18, 2],
    ]);
    for (const { evaluation, averageEvaluation } of epochs) {
      expect(evaluation.images).toBe(40);
      expect(averageEvaluation.loss).not.toBe(evaluation.loss);
    }
    const steps = lines(whole).filter(({ loss }) => loss !== undefined);
    expect(steps.map(({ lifLearningRate }) => lifLearningRate > 0)).toEqual(steps.map(({ epoch }) => epoch > 0));
    const taus = lines(whole).flatMap(({ lif }) => Object.values(lif ?? {}) as { tau: number; vth: number }[]);
    expect(new Set(taus.map(({ tau }) => tau))).toEqual(new Set([0.25]));
    expect(new Set(taus.map(({ vth }) => vth)).size).toBeGreaterThan(1);
    const average = runCli(["eval", "--checkpoint", result.averageModel, "--data", data, "--allow-software", "--json"]);
    expect(JSON.parse(average.stdout).loss).toBeCloseTo(result.averageEvaluation.loss, 5);
  });

  it("stopped and gone on with, ends with the same bits", async () => {
    const out = join(folder, "stopped");
    const child = spawn(process.execPath, [program, ...args, "--out", out], { stdio: "ignore" });
    const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
    const path = join(out, "metrics.jsonl");
    while (!existsSync(path) || readFileSync(path, "utf8").split("\n").length < 4) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    const { code, stderr } = runCli([...args, "--out", out], 120_000);
    expect(code, stderr).toBe(0);
    for (const name of ["checkpoint.safetensors", "ema.safetensors", "config.yaml"]) {
      const same = readFileSync(join(out, name)).equals(readFileSync(join(whole, name)));
      expect(same, name).toBe(true);
    }
  });
});

describe("a rate that breaks everything", () => {
  const args = ["train", ...small, "--batch-size", "8", "--lr", "1e30"];

  it("ends the run with the layer named, and leaves no checkpoint", () => {
    const out = join(folder, "broken");
    const { code, stderr } = runCli([...args, "--steps", "9", "--out", out]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /error: update 2: loss \S+, gradient norm \S+; \S+ is the first layer whose output is not finite; .*--on-nonfinite skip\n$/,
    );
    expect(existsSync(join(out, "checkpoint.safetensors"))).toBe(false);
    expect(lines(out).filter(({ loss }) => loss !== undefined).length).toBe(1);
  });

  it("is left out 49 times where that is asked for, each on a line", () => {
    const out = join(folder, "skipping");
    const { code, stderr } = runCli([
      ...args,
      "--steps",
      "99",
      "--on-nonfinite",
      "skip",
      "--eval-every",
      "0",
      "--out",
      out,
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: update 51: .*50 updates in a row had to be left out; lower the learning rate\n$/);
    expect(lines(out).filter(({ skipped }) => typeof skipped === "string").length).toBe(49);
  });
});
