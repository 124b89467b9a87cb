import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "./support/cli.js";
import { tinyMnist } from "./support/tiny-set.js";

const folder = mkdtempSync(join(tmpdir(), "not-finite-"));
afterAll(() => rmSync(folder, { recursive: true }));
const [data, out] = [join(folder, "data"), join(folder, "run")];
const model = ["--embed-dim", "8", "--depths", "1,1", "--patch-size", "8"];
const recipe = ["--epochs", "2", "--batch-size", "8", "--lr", "1e30", "--on-nonfinite", "skip"];
const command = ["train", "--data", data, "--out", out, "--allow-software", ...model, ...recipe];

const lines = (): Record<string, unknown>[] =>
  readFileSync(join(out, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

beforeAll(() => {
  tinyMnist(data, 24, 12);
});

describe("a run that has diverged under --on-nonfinite skip", () => {
  it("trains and evaluates to its end, and says how many images have no finite scores", () => {
    const { code, stdout, stderr } = runCli([...command, "--json"]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain("evaluation: the scores of 12 of 12 images are not finite numbers; these count as wrong");
    const { evaluation } = JSON.parse(stdout);
    expect(evaluation).toMatchObject({ top1: 0, top5: 0, loss: null, images: 12, notFinite: 12 });
    const evaluations = lines().filter((line) => "evaluation" in line);
    expect(evaluations.map(({ step }) => step)).toEqual([3, 6]);
    expect(lines().filter(({ skipped }) => typeof skipped === "string")).toHaveLength(5);
  });

  it("is finished when it is started again", () => {
    const { code, stdout } = runCli([...command, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ finished: true, evaluation: { top1: 0, notFinite: 12 } });
  });

  it("is reported on, with the number", () => {
    const { code, stdout } = runCli(["report", out, "--allow-software"]);
    expect(code).toBe(0);
    expect(stdout).toContain("the scores of 12 of 12 images are not finite numbers");
    const page = readFileSync(join(out, "report.html"), "utf8");
    expect(page).toContain("In no cell: 12 images whose scores are not finite numbers.");
    expect(page).toContain("Updates left out: 5");
    expect(page).toContain("No image was given a class");
  });
});

describe("eval of a model that has diverged", () => {
  it("prints the evaluation and fails, with one JSON document", () => {
    const checkpoint = join(out, "checkpoint.safetensors");
    const args = ["eval", "--checkpoint", checkpoint, "--data", data, "--allow-software", "--per-class", "--json"];
    const { code, stdout, stderr } = runCli(args);
    expect(code).toBe(1);
    expect(stderr).toContain(`error: ${checkpoint}: the scores of 12 of 12 images are not finite numbers`);
    const { notFinite, perClass } = JSON.parse(stdout);
    expect(notFinite).toBe(12);
    expect(perClass[7]).toMatchObject({ images: expect.any(Number), top1: 0, confusedWith: null });
  });
});

it("under --on-nonfinite stop such an evaluation ends the run, and names the way on", () => {
  const where = ["train", "--data", data, "--out", join(folder, "stop"), "--allow-software", ...model];
  const { code, stderr } = runCli([...where, "--steps", "1", "--batch-size", "8", "--lr", "1e30"]);
  expect(code).toBe(1);
  expect(stderr).toContain("error: the scores of 12 of 12 images are not finite numbers; these count as wrong; lower");
  expect(stderr).toContain("--on-nonfinite skip");
});
