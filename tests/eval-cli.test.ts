import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openOracle } from "@snnmlp/tensor";
import { loadImageSet, models, SNNMLP, saveCheckpoint } from "snnmlp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "./support/cli.js";
import { tinyMnist } from "./support/tiny-set.js";

const folder = mkdtempSync(join(tmpdir(), "eval-"));
afterAll(() => rmSync(folder, { recursive: true }));

const data = join(folder, "data");
const checkpoint = join(folder, "fresh.safetensors");
const command = ["eval", "--checkpoint", checkpoint, "--data", data, "--allow-software"];

beforeAll(async () => {
  tinyMnist(data, 20, 30);
  await using device = openOracle();
  const config = { ...models.pico };
  const parameters = await new SNNMLP(device, config, { seed: 5 }).stateDict();
  const preprocessing = { mean: [0.13], std: [0.31], padding: 2 };
  await saveCheckpoint(checkpoint, { config, preprocessing, parameters, training: new Map(), notes: new Map() });
});

describe("snnmlp eval", () => {
  it("tells of every class, and which are taken for which", async () => {
    const csv = join(folder, "confusion.csv");
    const { code, stdout } = runCli([...command, "--per-class", "--confusion", csv, "--json"]);
    expect(code).toBe(0);
    const { top1, images, perClass, confusion } = JSON.parse(stdout);
    const { labels } = await loadImageSet(data, "test");
    expect(images).toBe(30);
    const rows: number[][] = confusion;
    rows.forEach((row, label) => {
      expect(row.reduce((a, b) => a + b, 0)).toBe(labels.filter((each) => each === label).length);
      expect(perClass[label]).toMatchObject({ class: label, name: String(label), images: row.reduce((a, b) => a + b) });
    });
    expect(rows.reduce((sum, row, label) => sum + (row[label] ?? 0), 0) / 30).toBeCloseTo(top1, 9);
    const lines = readFileSync(csv, "utf8").trimEnd().split("\r\n");
    expect(lines[0]).toBe("true \\ predicted,0,1,2,3,4,5,6,7,8,9");
    expect(lines.slice(1)).toEqual(rows.map((row, label) => [label, ...row].join(",")));
  });

  it("prints both for people", () => {
    const { code, stdout } = runCli([...command, "--per-class", "--confusion"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^class +images +top-1 +most confused with$/m);
    expect(stdout).toMatch(/^9 +\d+ +(\d+\.\d\d %|-) +(\d \(\d+\)|-)$/m);
    const [, matrix = ""] = stdout.split("confusion matrix: a row for each true, a column for each predicted class\n");
    expect(matrix.trimEnd().split("\n")).toHaveLength(11);
    expect(matrix).toMatch(/^ +0 +1 +2 +3 +4 +5 +6 +7 +8 +9\n0( +\d+){10}\n/);
  });

  it("tells before evaluating that the file cannot be written", () => {
    const csv = join(folder, "none", "confusion.csv");
    const { code, stdout, stderr } = runCli([...command, "--confusion", csv]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      `error: ${csv}: its folder ${join(folder, "none")} does not exist; make it, or choose another\n`,
    );
    expect(existsSync(join(folder, "none"))).toBe(false);
  });
});
