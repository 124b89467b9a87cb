import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openOracle } from "@snnmlp/tensor";
import sharp from "sharp";
import { models, SNNMLP, saveCheckpoint } from "snnmlp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "./support/cli.js";
import { problemsOf } from "./support/html-check.js";
import { tinyMnist } from "./support/tiny-set.js";

const folder = mkdtempSync(join(tmpdir(), "report-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

const run = join(folder, "run");
const data = tinyMnist(join(folder, "data"), 20, 30);
const page = join(run, "report.html");

beforeAll(async () => {
  await using device = openOracle();
  const config = { ...models.pico };
  const parameters = await new SNNMLP(device, config, { seed: 5 }).stateDict();
  const preprocessing = { mean: [0.13], std: [0.31], padding: 2 };
  const path = join(run, "checkpoint.safetensors");
  await saveCheckpoint(path, { config, preprocessing, parameters, training: new Map(), notes: new Map() });
  writeFileSync(join(run, "metrics.jsonl"), '{"step":1,"epoch":0,"loss":2.5,"gradientNorm":1}\n');
});

describe("snnmlp report", () => {
  it("writes one page with the evaluation and the firing of an image", async () => {
    const image = join(folder, "<i>&.png");
    const pixels = Uint8Array.from({ length: 900 }, (_, i) => i % 256);
    await sharp(pixels, { raw: { width: 30, height: 30, channels: 1 } }).toFile(image);
    const args = ["report", run, "--data", data, "--image", image, "--allow-software", "--json"];
    const { code, stdout, stderr } = runCli(args);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("error")]);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ run, report: page, updates: 1, images: 30 });
    const text = readFileSync(page, "utf8");
    expect(Buffer.byteLength(text)).toBe(found.bytes);
    expect(problemsOf(text)).toEqual([]);
    expect(text).toContain("<b>&lt;i&gt;&amp;.png</b>");
    expect(text).toContain(`${(100 * found.top1).toFixed(2)} %`);
    expect(text).toMatch(/layers\.1\.blocks\.0 lif2 \(W\): [\d.]+ % fired, 4x4/);
    expect(text.match(/<figure class="example">/g)?.length).toBeGreaterThanOrEqual(12);
  });

  it("says what is missing, and needs no adapter then", () => {
    const out = join(folder, "bare.html");
    const { code, stdout, stderr } = runCli(["report", run, "--no-eval", "--out", out]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Not evaluated: --no-eval\.\nwrote .*bare\.html: the run after update 1, \d+ kB\n$/);
    expect(problemsOf(readFileSync(out, "utf8"))).toEqual([]);
  });

  it("tells the largest update, wherever its line stands", () => {
    const stray = join(folder, "stray");
    mkdirSync(stray);
    const lines = [1, 30, 5].map((step) => `${JSON.stringify({ step, epoch: 0, loss: 2 })}\n`);
    writeFileSync(join(stray, "metrics.jsonl"), lines.join(""));
    const { code, stdout } = runCli(["report", stray, "--no-eval", "--json"]);
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ updates: 30 })]);
    expect(readFileSync(join(stray, "report.html"), "utf8")).toMatch(/<b>30<\/b>\s*(<\w+>)?updates/);
  });

  it("refuses what is asked for and cannot be read, and writes nothing", () => {
    const out = join(folder, "never.html");
    const fails = (args: string[], message: string) => {
      const { code, stderr } = runCli(["report", ...args, "--allow-software"]);
      expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
      expect(stderr).toMatch(/^error: [^\n]*\n$/);
      expect(existsSync(out)).toBe(false);
    };
    fails([join(folder, "none"), "--out", out], "metrics.jsonl: no such file or folder; name the folder of a run");
    const file = join(run, "metrics.jsonl");
    fails([file, "--out", out], `${file}: it is a file, not the folder of a run; name the folder of a run`);
    fails([run, "--out", out, "--checkpoint", "/nowhere.pt"], "/nowhere.pt: no such checkpoint");
    fails([run, "--out", out, "--data", "/nowhere"], "/nowhere");
    fails([run, "--out", out, "--no-eval", "--image", join(folder, "none.png")], "none.png: no such file");
    fails([run, "--out", join(folder, "none", "page.html")], "does not exist; make it, or choose another");
  });
});
