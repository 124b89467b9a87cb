import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { authorsAugment, noAugment, trainTransform } from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";
import { type CliRun, runCli } from "./support/cli.js";
import { decoded } from "./support/decoded.js";

const folder = mkdtempSync(join(tmpdir(), "augment-"));
afterAll(() => rmSync(folder, { recursive: true }));

const photographs = join(import.meta.dirname, "fixtures", "augment");
const photograph = join(photographs, "landscape.jpg");
const grid = join(folder, "sheet.png");

const augment = (...args: readonly string[]): CliRun => runCli(["augment", ...args]);

/** The picture of 60x60 in a place of a sheet, without the white between. */
async function cell(path: string, row: number, column: number): Promise<Uint8Array> {
  const { data } = await sharp(path)
    .extract({ left: column * 64, top: row * 64, width: 60, height: 60 })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return Uint8Array.from(data);
}

describe("augment", () => {
  it("puts the original first, then the pictures that training sees", async () => {
    const run = augment(photograph, "--grid", grid, "--rows", "2", "--cols", "3", "--size", "60", "--seed", "7");
    expect([run.code, run.stderr]).toEqual([0, ""]);
    const lines = run.stdout.trim().split("\n");
    expect(lines.length).toBe(6);
    expect(lines[0]).toMatch(/^row 1, column 2, epoch 0: crop \d+x\d+ at \d+,\d+/);
    expect(lines[5]).toBe(`wrote ${grid}: ${photograph} (451x300), then 5 pictures of 60x60`);
    const sheet = await decoded(grid);
    expect([sheet.width, sheet.height, sheet.channels]).toEqual([3 * 64 - 4, 2 * 64 - 4, 3]);

    const original = await cell(grid, 0, 0);
    expect([...original.subarray(0, 3)], "grey above a wide image").toEqual([128, 128, 128]);
    const source = await decoded(photograph);
    for (let i = 0; i < 5; i++) {
      const { pixels, erase } = trainTransform(source, {
        seed: 7,
        epoch: i,
        index: 0,
        size: 60,
        settings: authorsAugment,
      });
      const shown = await cell(grid, Math.floor((i + 1) / 3), (i + 1) % 3);
      const differing = pixels.data.filter((byte, at) => byte !== shown[at]).length;
      if (erase) {
        expect(differing).toBeGreaterThan(0);
        expect(differing).toBeLessThanOrEqual(erase.width * erase.height * 3);
      } else {
        expect(differing).toBe(0);
      }
    }
  });

  it("has a switch for each augmentation, and tells what it did as JSON", async () => {
    const off = ["--no-hflip", "--no-vflip", "--no-aa", "--no-color-jitter", "--no-reprob", "--crop", "center"];
    const size = ["--rows", "1", "--cols", "3", "--size", "60", "--json"];
    const run = augment(photograph, "--grid", grid, ...size, ...off);
    const { pictures, settings } = JSON.parse(run.stdout);
    expect(settings).toEqual(noAugment);
    expect(pictures).toEqual([0, 1].map((epoch) => ({ epoch, hflip: false, vflip: false, operations: [] })));
    expect(await cell(grid, 0, 1)).toEqual(await cell(grid, 0, 2));

    const all = augment(photograph, "--grid", grid, ...size, "--augment", "none", "--vflip", "1", "--reprob", "1");
    const [first] = JSON.parse(all.stdout).pictures;
    expect(first).toMatchObject({ hflip: false, vflip: true, operations: [] });
    expect(first.erase.width).toBeGreaterThan(0);
  });

  it("shows grey images in colour to models of three", () => {
    const run = augment(join(photographs, "grey.jpg"), "--grid", grid, "--size", "60", "--json");
    expect(JSON.parse(run.stdout)).toMatchObject({ width: 281, height: 260, channels: 3 });
  });

  it("shows what models of one channel see", async () => {
    const run = augment(join(photographs, "grey.jpg"), "--grid", grid, "--size", "60", "--grey", "--reprob", "1");
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect((await decoded(grid)).channels).toBe(1);
  });

  it("repeats itself to the byte", () => {
    const args = [photograph, "--grid", grid, "--size", "60", "--epoch", "3", "--index", "9"];
    augment(...args);
    const first = readFileSync(grid);
    augment(...args);
    expect(readFileSync(grid).equals(first)).toBe(true);
    augment(...args, "--index", "10");
    expect(readFileSync(grid).equals(first)).toBe(false);
  });

  const broken = join(folder, "broken.jpg");
  writeFileSync(broken, readFileSync(photograph).subarray(0, 5000));
  const out = join(folder, "not-written.png");
  it.each([
    [1, ["missing.png", "--grid", out], "error: missing.png: no such file or folder; check the path"],
    [1, [broken, "--grid", out], `error: ${broken}: cannot be decoded (`],
    [1, [photograph, "--grid", join(folder, "no", "x.png")], `its folder ${join(folder, "no")} does not exist`],
    [2, [photograph], "error: required option '--grid <file>' not specified; see: snnmlp augment --help"],
    [2, [photograph, "--grid", "x.jpg"], "error: --grid x.jpg: the sheet is a PNG; name it *.png"],
    [2, [photograph, "--grid", out, "--rows", "1", "--cols", "1"], "leaves room for the original alone"],
    [2, [photograph, "--grid", out, "--size", "99999"], "are more than 100000000 pixels"],
    [2, [photograph, "--grid", out, "--hflip", "2"], "error: --hflip: Too big: expected number to be <=1"],
    [2, [photograph, "--grid", out, "--scale", "0.9,0.2"], "error: --scale: expected [low, high] with low <= high"],
    [2, [photograph, "--grid", out, "--aa", "rand-m11"], "error: --aa: rand-m11: m is 0 to 10"],
    [2, [photograph, "--grid", out, "--crop", "all"], "Allowed choices are authors, random, center, padded."],
  ] as const)("exit %d for %j", (code, args, message) => {
    const run = augment(...args);
    expect([run.code, run.stdout]).toEqual([code, ""]);
    expect(run.stderr).toContain(message);
    expect(run.stderr.trim().split("\n").length).toBe(1);
    expect(readdirSync(folder).filter((name) => name !== "sheet.png" && name !== "broken.jpg")).toEqual([]);
  });
});
