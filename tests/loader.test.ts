import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import {
  augmentSettings,
  type Batch,
  type Dataset,
  DatasetError,
  EvaluationBatches,
  type LoaderOptions,
  openDataset,
  TrainingBatches,
} from "snnmlp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageTree } from "./support/image-tree.js";

const folder = mkdtempSync(join(tmpdir(), "loader-"));
afterAll(() => rmSync(folder, { recursive: true }));

const preparation = { size: 32, channels: 3, padding: 0 } as const;
const augmented = { ...preparation, augment: { settings: augmentSettings.parse({}), seed: 7 } };
const tree = join(folder, "tree");
const zipped = join(folder, "zipped");
const sizes = ["--train", "60", "--val", "21", "--broken", "3"];
beforeAll(() => {
  imageTree(tree, ...sizes);
  imageTree(zipped, ...sizes, "--zip");
});

async function evaluated(path: string, options: Partial<LoaderOptions> = {}) {
  const set = await openDataset(path, "val");
  const batches = new EvaluationBatches(set, { batchSize: 8, preparation, ...options });
  const all: Batch[] = [];
  for await (const batch of batches) all.push(batch);
  return { all, bad: batches.badImages.list().map(({ name }) => name), waits: batches.waits };
}

const namesOf = ({ badImages }: TrainingBatches) => badImages.list().map(({ name }) => name);

describe("TrainingBatches", () => {
  it("gives the same bytes with 0, 1 and 3 workers, and from any update on", async () => {
    const set = await openDataset(tree, "train");
    const make = (workers: number) =>
      new TrainingBatches(set, { batchSize: 8, preparation: augmented, seed: 7, workers });
    const own = make(0);
    const expected = [];
    for (let update = 0; update < 10; update++) expected.push(await own.at(update));
    expect(expected.flatMap(({ count }) => (count < 8 ? [count] : [])).length).toBeGreaterThan(0);
    for (const workers of [1, 3]) {
      const threads = make(workers);
      for (const [update, batch] of expected.entries()) expect(await threads.at(update)).toEqual(batch);
      // By name: libvips keeps one error text for all threads, so that another's may be told.
      expect(namesOf(threads)).toEqual(namesOf(own));
      await threads.close();
    }
    const resumed = make(2);
    expect(await resumed.at(5)).toEqual(expected[5]);
    expect(await resumed.at(9)).toEqual(expected[9]);
    expect(await resumed.at(2)).toEqual(expected[2]);
    await resumed.close();
    await own.close();
  });

  it("augments anew every epoch, and erases rectangles inside the image", async () => {
    const set = await openDataset(tree, "train");
    const batches = new TrainingBatches(set, { batchSize: 60, preparation: augmented, seed: 7, workers: 1 });
    const [first, second] = [await batches.at(0), await batches.at(1)];
    await batches.close();
    expect(first.count).toBe(57);
    const place = (batch: Batch, index: number) => batch.indices.indexOf(index);
    const bytes = preparation.size ** 2 * 3;
    const image = (batch: Batch, index: number) =>
      batch.images.subarray(place(batch, index) * bytes, (place(batch, index) + 1) * bytes);
    const same = [...first.indices].filter((index) => Buffer.compare(image(first, index), image(second, index)) === 0);
    expect(same).toEqual([]);
    expect(first.images.subarray(57 * bytes).every((byte) => byte === 0)).toBe(true);
    const rectangles = Array.from({ length: 57 }, (_, i) => [...first.erase.subarray(4 * i, 4 * i + 4)]);
    const erased = rectangles.filter(([, , height = 0]) => height > 0);
    // A quarter of 57, give or take four standard deviations.
    expect(Math.abs(erased.length - 14.25)).toBeLessThan(4 * Math.sqrt(57 * 0.25 * 0.75));
    for (const [top = -1, left = -1, height = 0, width = 0] of erased) {
      expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
      expect(Math.max(top + height, left + width)).toBeLessThanOrEqual(32);
    }
  });
});

describe("EvaluationBatches", () => {
  it("leaves broken images out, by name, the same from a tree and from archives", async () => {
    const fromTree = await evaluated(tree, { workers: 2 });
    const fromZip = await evaluated(zipped, { workers: 2 });
    const total = ({ all }: typeof fromTree) => all.reduce((sum, { count }) => sum + count, 0);
    expect([total(fromTree), total(fromZip)]).toEqual([18, 18]);
    const tail = (names: readonly string[]) => names.map((name) => name.replace(/.*\/(\w+\/\w+\.JPEG)$/, "$1")).sort();
    expect(fromTree.bad).toHaveLength(3);
    expect(tail(fromTree.bad)).toEqual(tail(fromZip.bad));
    const inOne = (batches: readonly Batch[]) => {
      const bytes = preparation.size ** 2 * 3;
      return batches
        .flatMap(({ images, count }) =>
          Array.from({ length: count }, (_, i) => Buffer.from(images.subarray(i * bytes, (i + 1) * bytes))),
        )
        .sort(Buffer.compare);
    };
    expect(inOne(fromTree.all)).toEqual(inOne(fromZip.all));
    expect(await evaluated(zipped, { workers: 0 })).toMatchObject({ all: fromZip.all, bad: fromZip.bad });
  });

  it("stops at one broken image too many, and where none of a set can be used", async () => {
    const failure = async (path: string, options: Partial<LoaderOptions>) => {
      const error: unknown = await evaluated(path, options).catch((cause: unknown) => cause);
      if (error instanceof DatasetError) return error.reason;
      throw new Error(`expected a DatasetError, got ${error}`);
    };
    expect(await failure(tree, { maxBadImages: 2 })).toMatch(
      /^3 images cannot be used, more than the limit of 2: .*val_/,
    );
    const ruins = join(folder, "ruins");
    mkdirSync(join(ruins, "val", "a"), { recursive: true });
    for (let i = 0; i < 3; i++) writeFileSync(join(ruins, "val", "a", `${i}.png`), "nothing");
    expect(await failure(ruins, { maxBadImages: 9 })).toMatch(/^none of its 3 images can be used: .*0\.png/);
  });

  it("refuses images of absurd sizes before it decodes them", async () => {
    const absurd = join(folder, "absurd", "val", "a");
    mkdirSync(absurd, { recursive: true });
    const blank = { width: 16, height: 16, channels: 3, background: "red" } as const;
    const png = await sharp({ create: blank }).png().toBuffer();
    writeFileSync(join(absurd, "small.png"), png);
    // Only the header's width and height, with its checksum, claim 60000 x 60000 pixels.
    const bomb = Buffer.from(png);
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    writeFileSync(join(absurd, "bomb.png"), bomb);
    const reasons: string[] = [];
    const onBadImage = (_: string, reason: string) => reasons.push(reason);
    const { all } = await evaluated(join(folder, "absurd"), { onBadImage });
    expect(all.map(({ count }) => count)).toEqual([1]);
    expect(reasons).toEqual(["cannot be decoded (Input image exceeds pixel limit)"]);
  });

  it("tells of a worker that failed, instead of waiting for it", async () => {
    const set = await openDataset(tree, "val");
    const pixels = { width: 0, height: 0, channels: 3, data: new Uint8Array(0) } as const;
    const broken: Dataset = { ...set, sample: () => ({ kind: "pixels", pixels }) };
    const batches = new TrainingBatches(broken, { batchSize: 8, preparation, seed: 0, workers: 2 });
    await expect(batches.at(0)).rejects.toThrow(/^a data worker failed: RangeError/);
    await expect(batches.at(5)).rejects.toThrow(/^a data worker failed: RangeError/);
    await batches.close();
  });

  it("tells who waited", async () => {
    const { forData, forConsumer, seconds } = (await evaluated(tree, { workers: 1 })).waits;
    expect(forData).toBeGreaterThan(0);
    expect(Math.max(forData, forConsumer)).toBeLessThanOrEqual(seconds);
  });
});

const directoryMark = Buffer.from([0x50, 0x4b, 1, 2]);

/** As PNG has it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

it("damaged entries of an archive, and those larger than they say, are broken images", async () => {
  const path = join(folder, "damaged");
  imageTree(path, "--train", "0", "--val", "8", "--broken", "0", "--zip");
  const file = join(path, "val.zip");
  const bytes = readFileSync(file);
  const header = bytes.indexOf(Buffer.from([0x50, 0x4b, 3, 4]));
  bytes.fill(0xff, header, header + 4);
  // In the directory: the size of the last deflated entry, and a size beyond all reason of another.
  const deflated: number[] = [];
  for (let at = bytes.indexOf(directoryMark); at >= 0; at = bytes.indexOf(directoryMark, at + 4)) {
    if (bytes.readUInt16LE(at + 10) === 8) deflated.push(at);
  }
  expect(deflated.length).toBeGreaterThan(2);
  bytes.writeUInt32LE(10, (deflated.at(-1) ?? 0) + 24);
  bytes.writeUInt32LE(2 ** 31, (deflated.at(-2) ?? 0) + 24);
  writeFileSync(file, bytes);
  const reasons: string[] = [];
  const onBadImage = (_: string, reason: string) => reasons.push(reason);
  const { all } = await evaluated(path, { onBadImage });
  expect(all[0]?.count).toBe(5);
  expect(reasons).toEqual([
    expect.stringMatching(/^cannot be unpacked \(invalid local file header signature/),
    "unpacks to 2147483648 bytes, more than 268435456",
    expect.stringMatching(/^cannot be unpacked \(too many bytes in the stream/),
  ]);
});
