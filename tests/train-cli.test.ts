import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { loadCheckpoint, loadImageSet, readSafetensors, saveCheckpoint, writeSafetensors } from "snnmlp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program, runCli } from "./support/cli.js";
import { tinyMnist } from "./support/tiny-set.js";

const folder = mkdtempSync(join(tmpdir(), "train-"));
afterAll(() => rmSync(folder, { recursive: true }));

const data = join(folder, "data");
const whole = join(folder, "whole");
const settings = ["--data", data, "--steps", "12", "--batch-size", "8", "--seed", "3", "--allow-software"];
/** Of updates and epochs. */
const lines = (out: string) =>
  readFileSync(join(out, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter((line) => !("lif" in line));

beforeAll(() => {
  tinyMnist(data, 200, 50);
});

describe("snnmlp train", () => {
  it("leaves a checkpoint and a line per update, and evaluates", () => {
    const { code, stdout, stderr } = runCli(["train", ...settings, "--out", whole, "--json"], 120_000);
    expect({ code, stderr: /SOFTWARE/.test(stderr) }).toEqual({ code: 0, stderr: true });
    expect(JSON.parse(stdout)).toMatchObject({ model: "pico", steps: 12, seed: 3, evaluation: { images: 50 } });
    const metrics = lines(whole);
    expect(metrics.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12]);
    expect(metrics[0].loss).toBeGreaterThan(1.8);
    expect(metrics[11].loss).toBeLessThan(metrics[0].loss);
    expect(metrics[12].evaluation.images).toBe(50);
  });

  it("ends on Ctrl-C with a checkpoint, from which --resume reaches the same bits", async () => {
    const out = join(folder, "stopped");
    const child = spawn(process.execPath, [program, "train", ...settings, "--out", out], { stdio: "ignore" });
    const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
    const path = join(out, "metrics.jsonl");
    while (!existsSync(path) || readFileSync(path, "utf8").split("\n").length < 4) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    const stopped = lines(out).length;
    expect(stopped).toBeLessThan(12);
    const checkpoint = await loadCheckpoint(join(out, "checkpoint.safetensors"));
    const moved = join(out, "moved.safetensors");
    const notes = new Map(checkpoint.notes).set("position", '{"epoch":0,"batch":99}');
    await saveCheckpoint(moved, { ...checkpoint, notes });
    const refused = runCli(["train", "--resume", moved, "--data", data, "--allow-software"]);
    const due = `after update ${stopped} of this run it is {"epoch":0,"batch":${stopped}}`;
    const stderr = `error: ${moved}: its position is {"epoch":0,"batch":99}, ${due}; take another checkpoint of this run, or train anew\n`;
    expect(refused).toMatchObject({ code: 1, stderr });
    const resumed = runCli([
      "train",
      "--resume",
      join(out, "checkpoint.safetensors"),
      "--data",
      data,
      "--allow-software",
    ]);
    expect(resumed.stderr).not.toContain("error");
    expect(resumed.code).toBe(0);
    expect(lines(out).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12]);
    const bytes = (at: string) => readFileSync(join(at, "checkpoint.safetensors"));
    expect(bytes(out).equals(bytes(whole))).toBe(true);
  });

  it.each<[string, string[], number, string]>([
    ["a missing data set", ["--data", "/no-such-folder"], 1, "/no-such-folder: no such folder"],
    ["an unknown model", ["--model", "huge"], 2, "no model is called huge"],
    ["a negative rate", ["--lr", "-1"], 2, "Expected a number above 0"],
    ["no update", ["--steps", "0"], 2, "Expected a whole number from 1"],
    ["settings beside the quickstart", ["--quickstart", "--steps", "5"], 2, "--quickstart has settings of its own"],
    ["settings beside --resume", ["--resume", "x", "--lr", "1"], 2, "--resume takes its settings from the checkpoint"],
    ["--restart beside --resume", ["--restart", "--resume", "x"], 2, "take one of the two"],
    ["a missing checkpoint", ["--resume", "/nowhere.safetensors"], 1, "no such file or folder"],
  ])("refuses %s with one line", (_, args, code, message) => {
    const result = runCli(["train", "--out", join(folder, "never"), ...args]);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(/^error: [^\n]*\n$/);
    expect(result.stderr).toContain(message);
    expect(existsSync(join(folder, "never"))).toBe(false);
  });

  it("does not go on from a finished run", () => {
    const { code, stderr } = runCli(["train", "--resume", join(whole, "checkpoint.safetensors"), "--data", data]);
    expect(code).toBe(1);
    expect(stderr).toContain("the run is finished after 12 updates");
  });
});

describe("a trained model", () => {
  const checkpoint = join(whole, "checkpoint.safetensors");

  it("evaluates to what training reported", () => {
    const args = [
      "eval",
      "--checkpoint",
      checkpoint,
      "--data",
      data,
      "--allow-software",
      "--json",
      "--batch-size",
      "7",
    ];
    const { code, stdout } = runCli(args);
    expect(code).toBe(0);
    const { top1, loss, images } = JSON.parse(stdout);
    const reported = lines(whole)[12].evaluation;
    expect({ top1, images }).toEqual({ top1: reported.top1, images: 50 });
    expect(loss).toBeCloseTo(reported.loss, 5);
  });

  it("predicts the same for a PNG, an inverted PNG and a JPEG of a digit, in the order asked", async () => {
    const { images } = await loadImageSet(data, "test");
    const raw = { raw: { width: 28, height: 28, channels: 1 as const } };
    const digit = images.subarray(0, 784);
    const [png, inverted, jpeg] = ["digit.png", "paper.png", "digit.jpg"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await sharp(digit, raw).toFile(png);
    await sharp(
      Uint8Array.from(digit, (byte) => 255 - byte),
      raw,
    ).toFile(inverted);
    await sharp(digit, raw).jpeg({ quality: 100 }).toFile(jpeg);
    const predict = (...args: string[]) => {
      const { code, stdout } = runCli(["predict", ...args, "--checkpoint", checkpoint, "--allow-software", "--json"]);
      expect(code).toBe(0);
      return JSON.parse(stdout).predictions;
    };
    const [fromPng, fromJpeg] = predict(png, jpeg, "--top", "10");
    expect([fromPng.image, fromJpeg.image]).toEqual([png, jpeg]);
    const sum = fromPng.guesses.reduce(
      (total: number, { probability }: { probability: number }) => total + probability,
      0,
    );
    expect(sum).toBeCloseTo(1, 6);
    expect(fromJpeg.guesses[0].class).toBe(fromPng.guesses[0].class);
    expect(predict(inverted, "--invert", "--top", "10")[0].guesses).toEqual(fromPng.guesses);
  });

  it("is not found, not an image, not a model: one line each, before an adapter is opened", async () => {
    const fails = (args: string[], message: string) => {
      const { code, stderr } = runCli(args);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error: [^\n]*\n$/);
      expect(stderr).toContain(message);
    };
    fails(["predict", "x.png", "--checkpoint", "/nowhere.safetensors"], "train one with: snnmlp train --quickstart");
    fails(["predict", join(folder, "none.png"), "--checkpoint", checkpoint], "no such file or folder");
    fails(["predict", checkpoint, "--checkpoint", checkpoint], "cannot be decoded");
    const bare = join(folder, "bare.safetensors");
    const { tensors } = await readSafetensors(checkpoint);
    await writeSafetensors(bare, tensors);
    fails(["eval", "--checkpoint", bare, "--data", data], "say which model it is with --model NAME");
    fails(["eval", "--checkpoint", bare, "--data", data, "--model", "nano"], "patch_embed.proj.weight has shape");
  });
});
