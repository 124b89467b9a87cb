import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadCheckpoint } from "snnmlp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program, runCli } from "./support/cli.js";
import { tinyMnist } from "./support/tiny-set.js";

const top = mkdtempSync(join(tmpdir(), "interrupt-"));
afterAll(() => rmSync(top, { recursive: true }));
const data = join(top, "data");
const whole = join(top, "whole");

const model = ["--embed-dim", "8", "--depths", "1,1", "--patch-size", "8", "--ema", "0.9"];
const command = (out: string, ...more: string[]) => {
  const what = ["train", "--data", data, "--out", out, "--allow-software", "--workers", "0"];
  return [...what, ...model, "--steps", "4", "--batch-size", "8", ...more];
};

interface Started {
  readonly text: { stdout: string; stderr: string };
  readonly interrupt: () => void;
  /** Exit code, or the signal that ended it. */
  readonly end: Promise<number | string>;
}

function start(args: readonly string[]): Started {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const text = { stdout: "", stderr: "" };
  child.stdout.on("data", (part) => (text.stdout += part));
  child.stderr.on("data", (part) => (text.stderr += part));
  const end = once(child, "close").then(([code, signal]) => code ?? signal);
  return { text, interrupt: () => child.kill("SIGINT"), end };
}

async function until(condition: () => boolean): Promise<void> {
  const start = Date.now();
  while (!condition()) {
    if (Date.now() - start > 30_000) throw new Error("it did not come to pass in half a minute");
    await sleep(2);
  }
}

const again = "finishing the update, then a checkpoint; press Ctrl-C again to stop at once\n";
const bytes = (out: string, name: string) => readFileSync(join(out, name));

beforeAll(() => {
  tinyMnist(data, 40, 6000);
});

describe("Ctrl-C", () => {
  it("in the last evaluation leaves it, at once, and the same command makes it later, to the same bits", async () => {
    expect(runCli(command(whole))).toMatchObject({ code: 0 });
    const out = join(top, "evaluation");
    const { text, interrupt, end } = start(command(out, "--json"));
    await until(() => text.stderr.includes("eval "));
    interrupt();
    expect(await end, text.stderr).toBe(130);
    expect(text.stderr).toContain(again);
    expect(text.stderr).not.toContain("eval  6000/6000");
    const checkpoint = join(out, "checkpoint.safetensors");
    expect(JSON.parse(text.stdout)).toMatchObject({
      error: {
        name: "Interrupted",
        message: expect.stringContaining("stopped in the last evaluation, after update 4 of 4; go on with the same"),
      },
      steps: 4,
      checkpoint,
    });
    expect((await loadCheckpoint(checkpoint)).training.size).toBeGreaterThan(0);

    const later = runCli(command(out));
    expect(later.stdout).toMatch(/^top-1 /m);
    expect(later.stdout).not.toMatch(/NaN|trained in/);
    expect(later).toMatchObject({ code: 0, stderr: expect.stringContaining("going on after update 4 of 4") });
    for (const name of ["checkpoint.safetensors", "best.safetensors", "ema.safetensors"]) {
      expect(bytes(out, name).equals(bytes(whole, name)), name).toBe(true);
    }
    const lines = bytes(out, "metrics.jsonl").toString().trimEnd().split("\n");
    expect(lines.filter((line) => line.includes('"evaluation"'))).toHaveLength(1);
  });

  it("before the first update leaves no folder and no lock", async () => {
    const out = join(top, "early");
    const { text, interrupt, end } = start(command(out, "--json"));
    await until(() => existsSync(join(out, "run.lock")));
    interrupt();
    expect(await end, text.stderr).toBe(130);
    expect(text.stderr).toContain(again);
    const message = "stopped before the first update; nothing was written";
    expect(JSON.parse(text.stdout)).toEqual({ error: { name: "Interrupted", message }, steps: 0 });
    expect(existsSync(out)).toBe(false);
  });

  it("before the first update leaves a folder that was there, and frees it", async () => {
    const out = join(top, "made");
    mkdirSync(out);
    const { text, interrupt, end } = start(command(out));
    await until(() => existsSync(join(out, "run.lock")));
    interrupt();
    expect(await end, text.stderr).toBe(130);
    expect(text.stdout).toContain("stopped before the first update; nothing was written\n");
    expect(readdirSync(out)).toEqual([]);
  });

  it("twice ends the process at once", async () => {
    const out = join(top, "twice");
    const { text, interrupt, end } = start(command(out));
    await until(() => existsSync(join(out, "run.lock")));
    interrupt();
    await until(() => text.stderr.includes(again));
    interrupt();
    expect(await end).toBe("SIGINT");
  });
});
