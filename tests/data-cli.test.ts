import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCheckpoint, saveCheckpoint } from "snnmlp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "./support/cli.js";
import { imageTree } from "./support/image-tree.js";

const folder = mkdtempSync(join(tmpdir(), "data-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tree = join(folder, "tree");
const zipped = join(folder, "zipped");
const checkpoint = join(folder, "run", "checkpoint.safetensors");
const sorted = ["eight", "five", "four", "nine", "one", "seven", "six", "three", "two", "zero"];

beforeAll(() => {
  const sizes = ["--train", "64", "--val", "64", "--broken", "3"];
  imageTree(tree, ...sizes);
  imageTree(zipped, ...sizes, "--zip");
  const { code, stderr } = runCli(
    [
      "train",
      "--model",
      "pico",
      "--data",
      tree,
      "--steps",
      "4",
      "--batch-size",
      "16",
      "--out",
      join(folder, "run"),
      "--allow-software",
    ],
    120_000,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("that cannot be used: ") });
}, 180_000);

const evaluate = (data: string, ...options: string[]) =>
  runCli(["eval", "--checkpoint", checkpoint, "--data", data, "--allow-software", ...options]);

describe("a tree with broken images", () => {
  it("leaves its class names in the checkpoint, and predict shows them", async () => {
    const { notes, preprocessing } = await loadCheckpoint(checkpoint);
    expect(JSON.parse(notes.get("classNames") ?? "")).toEqual(sorted);
    expect(preprocessing).toEqual({ mean: [0.449], std: [0.226], padding: 0 });
    const one = join(tree, "val", "one");
    const path = join(one, readdirSync(one)[0] ?? "");
    const { stdout } = runCli(["predict", path, "--checkpoint", checkpoint, "--allow-software", "--json"]);
    const [guess] = JSON.parse(stdout).predictions[0].guesses;
    expect(guess.name).toBe(sorted[guess.class]);
  });

  it("evaluates without the broken ones, naming them", () => {
    const { code, stdout, stderr } = evaluate(tree, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ images: 61, unusable: 3, split: "val" });
    expect(stderr.match(/^left out: .*\.JPEG: /gm)).toHaveLength(3);
    expect(evaluate(tree).stdout).toContain(" on 61 images (3 unusable left out), ");
  });

  it("gives the same answer without worker threads, and from archives named in its order", () => {
    const { top1, loss } = JSON.parse(evaluate(tree, "--json").stdout);
    expect(JSON.parse(evaluate(tree, "--workers", "0", "--json").stdout)).toMatchObject({ top1, loss });
    const { code, stderr } = evaluate(zipped);
    expect(code).toBe(1);
    expect(stderr).toContain(`error: ${zipped}: class 0 is zero here, eight in the checkpoint; name all its classes`);
  });

  it("stops at one too many, with one line", () => {
    const { code, stdout, stderr } = evaluate(tree, "--max-bad-images", "2", "--json");
    expect(code).toBe(1);
    const reason = expect.stringMatching(/^3 images cannot be used, more than the limit of 2: .*\.JPEG \(/);
    expect(JSON.parse(stdout).error).toMatchObject({ name: "DatasetError", reason });
    expect(stderr).toMatch(/^error: .*raise the limit \(--max-bad-images\)$/m);
  });

  it("takes the order of classes from --classes, and refuses another", () => {
    const names = join(folder, "names.json");
    writeFileSync(names, JSON.stringify(["zero", ...sorted.slice(0, 9)]));
    expect(evaluate(tree, "--classes", names).stderr).toContain("class 0 is zero here, eight in the checkpoint");
    writeFileSync(names, JSON.stringify(sorted));
    expect(evaluate(tree, "--classes", names, "--workers", "1").code).toBe(0);
  });

  it("is taken in sorted order for a model without names, but not a part of its classes", async () => {
    const whole = await loadCheckpoint(checkpoint);
    const nameless = join(folder, "nameless.safetensors");
    const notes = new Map([...whole.notes].filter(([name]) => name !== "classNames"));
    await saveCheckpoint(nameless, { ...whole, notes });
    const run = (data: string) => runCli(["eval", "--checkpoint", nameless, "--data", data, "--allow-software"]);
    expect(run(tree).stderr).toContain("folders are taken in sorted order, eight as class 0");
    const part = join(folder, "part");
    mkdirSync(join(part, "val"), { recursive: true });
    symlinkSync(join(tree, "val", "one"), join(part, "val", "one"));
    const { code, stderr } = run(part);
    expect(code).toBe(1);
    expect(stderr).toContain("it has 1 class folders, the model 10 classes, and nothing says which are which");
  });
});
