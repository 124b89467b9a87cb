import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { readSafetensors, SafetensorsError, type TensorToStore, writeSafetensors } from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "file.safetensors");
const fixture = fileURLToPath(new URL("fixtures/lif.safetensors", import.meta.url));

/** A file by hand: the header's size, the header, the body. */
function raw(header: unknown, body = new Uint8Array(), claimed?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const size = new DataView(new ArrayBuffer(8));
  size.setBigUint64(0, claimed ?? BigInt(json.length), true);
  return Buffer.concat([new Uint8Array(size.buffer), json, body]);
}

async function failure(bytes: Uint8Array | undefined, at = path): Promise<string> {
  if (bytes) writeFileSync(at, bytes);
  const error = await readSafetensors(at).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof SafetensorsError)) throw new Error(`expected a SafetensorsError, got ${error}`);
  expect(error.message).toBe(`${error.path}: ${error.reason}; ${error.fix}`);
  return error.reason;
}

describe("round trip", () => {
  const values: fc.Arbitrary<TensorToStore> = fc.array(fc.nat(4), { maxLength: 3 }).chain((shape) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const size = { minLength: count, maxLength: count };
    const data = fc.oneof(
      fc.array(fc.float({ noNaN: true }), size).map((list) => Float32Array.from(list)),
      fc.array(fc.integer(), size).map((list) => Int32Array.from(list)),
      fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), size).map((list) => BigInt64Array.from(list)),
      fc.array(fc.nat(255), size).map((list) => Uint8Array.from(list)),
    );
    return data.map((array) => ({ shape, data: array }));
  });
  const name = fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) => text !== "__metadata__");

  it("keeps names, shapes, types, values and metadata", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, values, { maxKeys: 6 }),
        fc.dictionary(name, fc.string(), { maxKeys: 3 }),
        async (tensors, metadata) => {
          await writeSafetensors(path, new Map(Object.entries(tensors)), new Map(Object.entries(metadata)));
          const read = await readSafetensors(path);
          expect(Object.fromEntries(read.metadata)).toEqual(metadata);
          expect([...read.tensors.keys()].sort()).toEqual(Object.keys(tensors).sort());
          for (const [key, { shape, data }] of Object.entries(tensors)) {
            expect(read.tensors.get(key)).toMatchObject({ shape, data });
          }
        },
      ),
      { numRuns: 60 },
    );
    expect(readdirSync(folder)).toEqual(["file.safetensors"]);
  });

  it("reads the types it does not write", async () => {
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000, 0x7c00, 0x7e00);
    const bfloats = Uint16Array.of(0x3f80, 0xc2f7);
    const header = {
      bool: { dtype: "BOOL", shape: [3], data_offsets: [0, 3] },
      half: { dtype: "F16", shape: [7], data_offsets: [3, 17] },
      bfloat: { dtype: "BF16", shape: [2], data_offsets: [17, 21] },
    };
    const body = Buffer.concat([Uint8Array.of(0, 1, 1), new Uint8Array(halves.buffer), new Uint8Array(bfloats.buffer)]);
    writeFileSync(path, raw(header, body));
    const { tensors } = await readSafetensors(path);
    expect(tensors.get("bool")?.data).toEqual(Uint8Array.of(0, 1, 1));
    expect(tensors.get("half")?.data).toEqual(
      Float32Array.of(1, -2, 2 ** -24, 65504, -0, Number.POSITIVE_INFINITY, Number.NaN),
    );
    expect(tensors.get("bfloat")?.data).toEqual(Float32Array.of(1, -123.5));
  });
});

describe("damage is one named error", () => {
  const original = readFileSync(fixture);

  it("whatever byte is changed", async () => {
    const headerEnd = 8 + Number(original.readBigUInt64LE(0));
    await fc.assert(
      fc.asyncProperty(fc.nat(headerEnd - 1), fc.nat(255), async (position, value) => {
        const bytes = Buffer.from(original);
        bytes[position] = value;
        writeFileSync(path, bytes);
        const error: unknown = await readSafetensors(path).then(
          () => undefined,
          (cause: unknown) => cause,
        );
        expect(error === undefined || error instanceof SafetensorsError).toBe(true);
        // Only a letter inside a name or a metadata string can change unseen.
        if (error === undefined && bytes[position] !== original[position]) expect(position).toBeGreaterThanOrEqual(8);
      }),
      { numRuns: 400 },
    );
  });

  it("wherever it is cut off or extended", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(original.length - 1), async (length) => {
        await failure(original.subarray(0, length));
      }),
      { numRuns: 100 },
    );
    expect(await failure(Buffer.concat([original, Uint8Array.of(0)]))).toBe("1 bytes at the end belong to no tensor");
  });

  it("whatever follows a valid size", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (text) => {
        if (text.startsWith("{") && text.replace(/\s/g, "") === "{}") return;
        await failure(raw(text.padEnd(2)));
      }),
      { numRuns: 100 },
    );
  });

  const f32 = (shape: number[], ...data_offsets: number[]) => ({ dtype: "F32", shape, data_offsets });
  it.each<[string, Uint8Array, string]>([
    ["an empty file", Buffer.alloc(0), "too short, 0 bytes"],
    ["a huge header size", raw({}, undefined, 2n ** 60n), "its header claims 1152921504606846976 bytes, 2 follow"],
    ["a header that is no object", raw("[1]"), "the header does not begin with {"],
    ["broken JSON", raw('{"a":'), "the header is not valid JSON"],
    ["broken UTF-8", raw({}, Uint8Array.of(0xff), 3n), "the header is not UTF-8"],
    ["a foreign metadata", raw({ __metadata__: { a: 1 } }), "__metadata__ is not a table of strings"],
    ["a duplicate key", raw('{"a":{"x":1},"a":{"x":1}}'), 'the header names "a" twice'],
    ["an escaped duplicate", raw('{"a":{"x":1},"\\u0061":{"x":1}}'), 'the header names "a" twice'],
    ["an inner duplicate", raw('{"a":{"dtype":"F32","dtype":"U8"}}'), 'the header names "dtype" twice'],
    [
      "a negative length",
      raw({ a: f32([-1], 0, 4) }, Buffer.alloc(4)),
      'tensor "a": shape 0 Too small: expected number to be >=0',
    ],
    [
      "a foreign dtype",
      raw({ a: { dtype: "F8_E4M3", shape: [1], data_offsets: [0, 1] } }, Buffer.alloc(1)),
      'tensor "a" has dtype F8_E4M3',
    ],
    [
      "a shape that does not fit",
      raw({ a: f32([3], 0, 8) }, Buffer.alloc(8)),
      'tensor "a": F32 [3] takes 12 bytes, its offsets 0 to 8 hold 8',
    ],
    [
      "an overlap",
      raw({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, Buffer.alloc(12)),
      'tensor "b" begins at byte 4, where 8 is due: a gap or an overlap',
    ],
    [
      "a gap",
      raw({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, Buffer.alloc(12)),
      'tensor "b" begins at byte 8, where 4 is due: a gap or an overlap',
    ],
    [
      "a short body",
      raw({ a: f32([2], 0, 8) }, Buffer.alloc(4)),
      "truncated: the header describes 8 bytes of tensors, 4 are there",
    ],
    [
      "a BOOL of 2",
      raw({ a: { dtype: "BOOL", shape: [1], data_offsets: [0, 1] } }, Uint8Array.of(2)),
      'BOOL tensor "a" holds a byte that is not 0 or 1',
    ],
  ])("%s", async (_, bytes, reason) => {
    expect(await failure(bytes)).toBe(reason);
  });

  it("a missing file and a folder", async () => {
    expect(await failure(undefined, join(folder, "none.safetensors"))).toBe("no such file or folder");
    expect(await failure(undefined, folder)).toBe("is a folder, not a file");
  });
});

it("a failed write leaves the old file and nothing else", async () => {
  const good = new Map([["a", { shape: [2], data: Float32Array.of(1, 2) }]]);
  await writeSafetensors(path, good);
  const before = readFileSync(path);
  const bad = new Map([["a", { shape: [3], data: Float32Array.of(1, 2) }]]);
  await expect(writeSafetensors(path, bad)).rejects.toThrow(/tensor "a" of shape \[3\] comes with 2 values/);
  await expect(writeSafetensors(join(path, "inside.safetensors"), good)).rejects.toThrow(SafetensorsError);
  expect(readFileSync(path)).toEqual(before);
  expect(readdirSync(folder)).toEqual(["file.safetensors"]);
});
