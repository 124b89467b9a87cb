import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { loadPytorch, PytorchFile, PytorchFileError, TensorRef } from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";
import { op, tensorOp, writePt } from "./support/pytorch-zip.js";

const folder = mkdtempSync(join(tmpdir(), "hostile-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "file.pt");

/** Opens a file with this pickle and expects one PytorchFileError of one line. */
async function refuses(pickle: string, message: string | RegExp, storages = {}): Promise<void> {
  writePt(path, pickle, storages);
  await expectError(PytorchFile.open(path), message);
}

async function expectError(promise: Promise<unknown>, message: string | RegExp): Promise<void> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PytorchFileError);
  expect(String(error)).toMatch(message);
  expect(String(error)).not.toContain("\n");
}

const calls: [string, string][] = [
  ["os.system", `${op.global("os", "system")}${op.text("touch /tmp/x")}\x85R.`],
  ["posix.system", `${op.global("posix", "system")}${op.text("id")}\x85R.`],
  ["builtins.eval", `${op.global("__builtin__", "eval")}${op.text("1")}\x85R.`],
  ["builtins.exec", `\x8c\x08builtins\x8c\x04exec\x93${op.text("1")}\x85R.`],
  ["subprocess.Popen", `${op.global("subprocess", "Popen")}(${op.text("id")}tR.`],
  ["builtins.getattr", `${op.global("builtins", "getattr")}(${op.text("a")}${op.text("b")}tR.`],
  ["torch.storage._load_from_bytes", `${op.global("torch.storage", "_load_from_bytes")}C\x01x\x85R.`],
  ["torch.load", `${op.global("torch", "load")}${op.text("a")}\x85R.`],
  ["numpy.load", `${op.global("numpy", "load")}${op.text("a")}\x85R.`],
  ["builtins.__proto__", `${op.global("builtins", "__proto__")})R.`],
  ["os.system", `(S'id'\nios\nsystem\n.`],
  ["os.system", `(${op.global("os", "system")}S'id'\no.`],
  ["os.system", `cos\nsystem\n(S'id'\ntR.`],
  // Protocols 0 to 2 write the names of Python 2.
  ["subprocess.Popen", `${op.global("commands", "Popen")}(${op.text("id")}tR.`],
  ["builtins.range", `${op.global("__builtin__", "xrange")}K\x03\x85R.`],
];

describe("a pickle that would run something", () => {
  it.each(calls)("is refused by name: %s", async (name, pickle) => {
    const [bare, nested] = [`${op.proto}${pickle}`, `${op.proto}}${op.text("config")}${pickle.slice(0, -1)}s.`];
    await refuses(bare, `calls ${name}, which is refused`);
    await refuses(nested, `calls ${name}, which is refused`);
  });

  it("is refused with the keys it stands under", async () => {
    const call = `${op.global("pathlib", "PosixPath")}(${op.text("data")}${op.text("train")}tR`;
    const entry = (key: string, value: string) => `${op.text(key)}${value}`;
    const namespace = `${op.global("argparse", "Namespace")})\x81}(${entry("seed", "K\x01")}${entry("out", call)}ub`;
    const pickle = `${op.proto}}(${entry("epoch", "K\x03")}${entry("args", namespace)}u.`;
    await refuses(pickle, /byte \d+ of its pickle, near args\.out: calls pathlib\.PosixPath, which is refused/);
    const hidden = `${op.proto}}${entry("a\nb", call)}s.`;
    await refuses(hidden, /byte \d+ of its pickle: calls pathlib\.PosixPath/);
  });

  it("is refused where it hides behind PyTorch's own rebuilding", async () => {
    const args = `(${op.global("os", "system")}N(${op.text("id")}tNt`;
    const pickle = `${op.proto}${op.global("torch._tensor", "_rebuild_from_type_v2")}${args}R.`;
    await refuses(pickle, "makes a tensor by a class os.system, which is refused");
  });

  it("is harmless where it only names a function or makes an object: both are inert data", async () => {
    writePt(path, `${op.proto}${op.global("os", "system")}.`);
    (await PytorchFile.open(path)).close();
    writePt(path, `${op.proto}${op.global("os", "system")}${op.text("id")}\x85\x81}${op.text("a")}K\x01sb.`);
    await expectError(loadPytorch(path), "it holds an object of os.system and no state dict");
  });
});

describe("a pickle that is broken", () => {
  it.each<[string, string, string]>([
    ["nothing", "", "ends where 1 bytes should follow"],
    ["no end", `${op.proto}N`, "ends where 1 bytes should follow"],
    ["an unknown opcode", "\xff.", "opcode 0xff is not known"],
    ["an extension", "\x82\x01.", "opcode 0x82 is not known"],
    ["a newer protocol", "\x80\x09N.", "is of protocol 9"],
    ["an empty stack", "R.", "takes a value from an empty stack"],
    ["no mark", "t.", "a mark that was never set"],
    ["a missing memo", "h\x07.", "recalls value 7, which was never stored"],
    ["two values", "NN.", "unfinished stack"],
    ["a text past the end", "X\xff\xff\xff\x7fabc", "ends where 2147483647 bytes should follow"],
    ["a text of 2^60 bytes", "\x8d\x00\x00\x00\x00\x00\x00\x00\x10a.", "bytes should follow"],
    ["a huge whole number", "\x8b\xff\xff\xff\x7f.", "a whole number of 2147483647 bytes"],
    ["an entry in a list", "]NNs.", "sets an entry on what is no dict"],
    ["a call of a text", `${op.text("os.system")})R.`, "calls a string"],
    ["a foreign persistent id", `${op.text("/etc/passwd")}Q.`, "outside the pickle that is no storage"],
  ])("%s", async (_, pickle, message) => {
    await refuses(pickle, message);
  });

  it("by depth, cycles or memo bombs costs no more than its bytes", async () => {
    const deep = `${op.proto}${"]".repeat(200_000)}${"a".repeat(199_999)}.`;
    writePt(path, deep);
    await expectError(loadPytorch(path), "it holds a list and no state dict");
    const byte = (value: number) => String.fromCharCode(value);
    const nested = Array.from({ length: 60 }, (_, i) => `(${`h${byte(i)}`.repeat(9)}tq${byte(i + 1)}`);
    const laughs = `${op.proto}]q\x00${nested.join("")}${"0".repeat(60)}.`;
    writePt(path, laughs.replace(/0\.$/, "a."));
    await expectError(loadPytorch(path), "no state dict");
    const copies = `${op.proto}(${"N".repeat(20_000)}lq\x00${`${op.global("builtins", "list")}h\x00\x85R0`.repeat(2_000)}.`;
    await refuses(copies, "calls builtins.list to copy more than the whole pickle holds");
  });
});

describe("a tensor outside its storage", () => {
  const storage = { 0: new Uint8Array(48) };
  it.each<[string, Parameters<typeof tensorOp>, string]>([
    ["too large", [{ size: [13], stride: [1] }, { elements: 12 }], "does not lie in its storage of 12 elements"],
    ["shifted out", [{ offset: 1, size: [12], stride: [1] }, { elements: 12 }], "does not lie in its storage"],
    ["strided out", [{ size: [2, 2], stride: [12, 1] }, { elements: 12 }], "does not lie in its storage"],
    ["a negative stride", [{ size: [2], stride: [-1] }, { elements: 12 }], "strides with -1"],
    ["a negative size", [{ size: [-2], stride: [1] }, { elements: 12 }], "sizes with -2"],
    ["a negative offset", [{ offset: -1, size: [2], stride: [1] }, { elements: 12 }], "an offset with -1"],
    ["unequal dimensions", [{ size: [2, 2], stride: [1] }, { elements: 12 }], "2 sizes and 1 strides"],
    [
      "a product past 2^53",
      [{ size: [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1], stride: [2 ** 30, 2 ** 30, 1] }, { elements: 12 }],
      "does not lie",
    ],
    [
      "a storage larger than its record",
      [{ size: [1], stride: [1] }, { elements: 13 }],
      "should have 13 elements of 4 bytes, its record has 48 bytes",
    ],
    [
      "a storage that is not there",
      [
        { size: [1], stride: [1] },
        { key: "7", elements: 1 },
      ],
      "refers to storage 7",
    ],
    [
      "a complex storage",
      [
        { size: [1], stride: [1] },
        { elements: 1, type: "ComplexFloatStorage" },
      ],
      "type torch.ComplexFloatStorage",
    ],
  ])("is refused: %s", async (_, [view, of], message) => {
    await refuses(`${op.proto}${tensorOp(view, of)}.`, message, storage);
  });

  it("or repeated to terabytes by a stride of 0 is refused when read", async () => {
    writePt(path, `${op.proto}${tensorOp({ size: [1 << 20, 1 << 20], stride: [0, 0] }, { elements: 12 })}.`, storage);
    using file = await PytorchFile.open(path);
    if (!(file.root instanceof TensorRef)) throw new Error("no tensor");
    await expectError(file.read(file.root), "repeats what the file holds to 4398046511104 bytes");
  });
});

describe("an archive", () => {
  it("that unpacks to thousands of times its size is refused before any memory is taken", async () => {
    const zeros = new Uint8Array(200e6);
    writePt(
      path,
      `${op.proto}${tensorOp({ size: [5e7], stride: [1] }, { elements: 5e7 })}.`,
      { 0: zeros },
      { level: 9 },
    );
    const before = process.memoryUsage().rss;
    await expectError(PytorchFile.open(path), /its \d+ bytes claim to unpack to 2000\d+, more than 16 times as much/);
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  it("that claims less than it unpacks to, or more than the file holds, is refused", async () => {
    writePt(path, `${op.proto}N.`, {}, { level: 9 });
    const bytes = Buffer.from(readFileSync(path));
    const central = bytes.indexOf("PK\x01\x02", "latin1");
    const less = Buffer.from(bytes);
    less.writeUInt32LE(1, central + 24);
    writeFileSync(path, less);
    await expectError(PytorchFile.open(path), "damaged");
    const more = Buffer.from(bytes);
    more.writeUInt32LE(0x7fffffff, central + 20);
    writeFileSync(path, more);
    await expectError(PytorchFile.open(path), /claim|damaged/);
  });

  it("compressed like any other is read", async () => {
    const values = Float32Array.from({ length: 500 }, (_, i) => Math.sin(i));
    const pickle = `${op.proto}${tensorOp({ size: [500], stride: [1] }, { elements: 500 })}.`;
    writePt(path, pickle, { 0: new Uint8Array(values.buffer) }, { level: 9 });
    using file = await PytorchFile.open(path);
    if (!(file.root instanceof TensorRef)) throw new Error("no tensor");
    expect((await file.read(file.root)).data).toEqual(values);
  });

  it.each<[string, Record<string, Uint8Array>, string]>([
    ["without a pickle", { "archive/version": strToU8("3") }, "has 0 data.pkl, not one"],
    ["with two pickles", { "a/data.pkl": strToU8("N."), "b/data.pkl": strToU8("N.") }, "has 2 data.pkl, not one"],
    ["of TorchScript", { "a/data.pkl": strToU8("N."), "a/code/x.py": strToU8("") }, "it is a TorchScript archive"],
    [
      "of a big-endian machine",
      { "a/data.pkl": strToU8("N."), "a/byteorder": strToU8("big") },
      "its numbers are big-endian",
    ],
    ["with names that climb out", { "../a/data.pkl": strToU8("N.") }, "invalid relative path"],
  ])("%s is refused", async (_, entries, message) => {
    writeFileSync(path, zipSync(entries, { level: 0 }));
    await expectError(PytorchFile.open(path), message);
  });

  it.each<[string, Uint8Array, string]>([
    ["empty", new Uint8Array(), "it is empty; check that all of the right file was copied"],
    ["a text", strToU8("hello"), "it is no file of torch.save()"],
    [
      "a tar",
      Buffer.concat([Buffer.alloc(257), Buffer.from("ustar\0"), Buffer.alloc(249)]),
      "it is a tar file, as PyTorch wrote before 1.6",
    ],
  ])("that is %s is none", async (_, bytes, message) => {
    writeFileSync(path, bytes);
    await expectError(PytorchFile.open(path), message);
    await expectError(loadPytorch(path), message);
  });

  it("that is not there, or a folder, says so", async () => {
    await expectError(PytorchFile.open(join(folder, "none.pt")), "no such file or folder; check the path");
    await expectError(PytorchFile.open(folder), "is a folder, not a file");
  });
});
