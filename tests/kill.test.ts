import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadCheckpoint } from "snnmlp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program, runCli } from "./support/cli.js";
import { tinyMnist } from "./support/tiny-set.js";

const top = mkdtempSync(join(tmpdir(), "kill-"));
afterAll(() => rmSync(top, { recursive: true }));
const data = join(top, "data");
const [whole, killed] = [join(top, "whole"), join(top, "killed")];

const model = [
  "--embed-dim",
  "8",
  "--depths",
  "1,1",
  "--patch-size",
  "8",
  "--drop-path",
  "0.2",
  "--augment",
  "authors",
];
const recipe = [
  "--epochs",
  "3",
  "--batch-size",
  "8",
  "--accumulation-steps",
  "2",
  "--ema",
  "0.9",
  "--save-every",
  "1",
  "--keep",
  "3",
];
const command = (out: string, ...more: string[]) => [
  "train",
  "--data",
  data,
  "--out",
  out,
  "--allow-software",
  ...model,
  ...recipe,
  ...more,
];

const linesOf = (out: string): Record<string, unknown>[] => {
  const path = join(out, "metrics.jsonl");
  const whole = existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
  return whole.map((line) => JSON.parse(line));
};

/** What must not depend on how often a run was killed: everything but times. */
const timeless = (out: string) =>
  linesOf(out).map(({ step, epoch, loss, trainLoss, learningRate, gradientNorm, lif, evaluation }) => ({
    ...{ step, epoch, loss, trainLoss, learningRate, gradientNorm, lif },
    evaluation: evaluation && { ...evaluation, imagesPerSecond: 0 },
  }));

beforeAll(() => {
  tinyMnist(data, 72, 20);
  expect(runCli(command(whole))).toMatchObject({ code: 0 });
});

describe("a training run killed with SIGKILL", () => {
  it("five times at random moments ends with the bits of one that was not", async () => {
    const kills: string[] = [];
    while (kills.length < 5) {
      const before = linesOf(killed).length;
      const child = spawn(process.execPath, [program, ...command(killed)], { stdio: ["ignore", "ignore", "pipe"] });
      let stderr = "";
      child.stderr.on("data", (text) => (stderr += text));
      const exit = once(child, "exit");
      while (linesOf(killed).length <= before && child.exitCode === null) await sleep(2);
      await sleep(120 * Math.random());
      child.kill("SIGKILL");
      const [code] = await exit;
      kills.push(`after line ${linesOf(killed).length} of ${timeless(whole).length}, code ${code}: ${stderr}`);
    }
    const last = runCli(command(killed, "--json"));
    const story = `${kills.join("\n")}\n${last.stderr}`;
    expect(last.code, story).toBe(0);
    expect(story).toMatch(/going on after update \d+ of 13/);

    for (const name of ["checkpoint.safetensors", "best.safetensors", "ema.safetensors"]) {
      expect(readFileSync(join(killed, name)).equals(readFileSync(join(whole, name))), `${name}\n${story}`).toBe(true);
    }
    expect(timeless(killed), story).toEqual(timeless(whole));
    expect(readdirSync(killed).filter((name) => /tmp|lock/.test(name))).toEqual([]);
    expect(readdirSync(killed).filter((name) => name.startsWith("checkpoint"))).toHaveLength(3);
  });

  it("goes on from the checkpoint before where the newest is damaged, and says so", () => {
    rmSync(join(killed, "checkpoint.safetensors"));
    const newest = join(killed, "checkpoint.safetensors");
    writeFileSync(newest, readFileSync(join(killed, "checkpoint-12.safetensors")).subarray(0, 5000));
    const { code, stderr } = runCli(command(killed));
    expect(code).toBe(0);
    expect(stderr).toContain(`damaged, taking the one before: ${newest}:`);
    expect(stderr).toContain("going on after update 12 of 13");
    expect(readFileSync(newest).equals(readFileSync(join(whole, "checkpoint.safetensors")))).toBe(true);
    expect(timeless(killed)).toEqual(timeless(whole));
  });

  it("and finished is left as it is, exit code 0", async () => {
    const files = () => readdirSync(whole).map((name) => [name, readFileSync(join(whole, name)).toString("latin1")]);
    const before = files();
    const { code, stdout } = runCli(command(whole));
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("is finished: 13 updates, top-1"),
    });
    const json = JSON.parse(runCli(command(whole, "--json")).stdout);
    expect(json).toMatchObject({ finished: true, steps: 13, evaluation: { images: 20 } });
    expect(files()).toEqual(before);
    expect((await loadCheckpoint(join(whole, "checkpoint.safetensors"))).notes.get("position")).toBe(
      '{"epoch":2,"batch":8}',
    );
  });

  it("does not go on on other data: --resume names the first difference", () => {
    const [other, out] = [join(top, "other"), join(top, "resumed")];
    tinyMnist(other, 64, 20);
    const from = join(killed, "checkpoint-12.safetensors");
    const { code, stderr } = runCli(["train", "--resume", from, "--data", other, "--out", out, "--allow-software"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `error: ${from}: it belongs to another run: data.images is 72 there, 64 here; name the data it was trained on with --data, or train anew without --resume\n`,
    });
    expect(existsSync(out)).toBe(false);
  });

  it("is not mixed up with a run of other settings, unless it is told to --restart", () => {
    const other = runCli(command(killed, "--seed", "9"));
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/it holds another run: recipe.seed is 0 there, 9 here; .*--restart\n$/),
    });
    const restarted = runCli(command(killed, "--seed", "9", "--epochs", "1", "--restart"));
    expect(restarted.code).toBe(0);
    const steps = linesOf(killed).filter(({ loss }) => loss !== undefined);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  });
});
