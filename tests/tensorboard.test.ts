import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { crc32c, TensorBoardWriter } from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";
import { readEvents } from "./support/event-file.js";

const folder = mkdtempSync(join(tmpdir(), "board-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("crc32c gives the values of RFC 3720, B.4", () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(ascending)).toBe(0x46dd794e);
  expect(crc32c(ascending.toReversed())).toBe(0x113fdb5c);
});

describe("TensorBoardWriter", () => {
  it("has every event in the file at once, in TFRecords with right CRCs", () => {
    const before = Date.now() / 1000;
    using board = new TensorBoardWriter(join(folder, "new", "run"));
    board.scalars(1, { "train/loss": 2.5, "train/lr": 1e-3, "LIF tau/layers.0 (H) ü": -0.25 });
    board.scalars(2 ** 33 + 1, { "train/loss": Number.NaN, absent: undefined });
    board.scalars(3, { absent: undefined });
    board.text(0, "config", `| a | b |\n|---|---|\n${"long ".repeat(100)}`);
    const [version, first, late, text, ...rest] = readEvents(board.path);
    expect(rest).toEqual([]);
    expect(version).toMatchObject({ version: "brain.Event:2", step: 0, scalars: {}, restart: false });
    expect(first).toMatchObject({
      step: 1,
      scalars: { "train/loss": 2.5, "train/lr": Math.fround(1e-3), "LIF tau/layers.0 (H) ü": -0.25 },
    });
    expect(first?.wallTime).toBeGreaterThanOrEqual(before - 1e-3);
    expect(first?.wallTime).toBeLessThanOrEqual(Date.now() / 1000);
    expect(late).toMatchObject({ step: 2 ** 33 + 1, scalars: { "train/loss": Number.NaN } });
    expect(text?.texts).toEqual({ config: `| a | b |\n|---|---|\n${"long ".repeat(100)}` });
    expect(text?.scalars).toEqual({});
  });

  it("goes on in a file of its own, which takes back later steps of the file before", () => {
    const run = join(folder, "resumed");
    for (const from of [0, 7]) {
      using board = new TensorBoardWriter(run, { from });
      board.scalars(from + 1, { loss: 1 });
    }
    const names = readdirSync(run);
    expect(names).toHaveLength(2);
    const pattern = /^events\.out\.tfevents\.\d{10}\.(.+)\.\d+\.\d+$/;
    for (const name of names) expect(pattern.exec(name)?.[1]).toBe(hostname().replace(/[^\w.-]/g, "_"));
    const events = names.map((name) => readEvents(join(run, name)));
    const found = events.map((each) => each.map(({ step, restart }) => [step, restart]));
    expect(found).toContainEqual([
      [0, false],
      [1, false],
    ]);
    expect(found).toContainEqual([
      [0, false],
      [8, true],
      [8, false],
    ]);
  });

  it("names the file that cannot be made", () => {
    const file = join(folder, "file");
    writeFileSync(file, "x");
    expect(() => new TensorBoardWriter(file)).toThrow(/events\.out\.tfevents.*: a part of the path is a file/);
    expect(readFileSync(file, "utf8")).toBe("x");
  });
});
