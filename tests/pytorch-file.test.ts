import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadCheckpoint, loadPytorch, PickleObject, PytorchFile, readFixture, TensorRef } from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";
import { op, tensorOp, writePt } from "./support/pytorch-zip.js";

const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));
const at = (name: string) => join(fixtures, "pytorch", name);
const folder = mkdtempSync(join(tmpdir(), "pytorch-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function entries(path: string): Promise<[PytorchFile, ReadonlyMap<unknown, unknown>]> {
  const file = await PytorchFile.open(path);
  if (!(file.root instanceof Map)) throw new Error("no dict");
  return [file, file.root];
}

/** Values and shapes as PyTorch itself lists them. */
const expected: Record<string, { shape: number[]; values: (number | boolean)[] }> = JSON.parse(
  readFileSync(at("tensors.json"), "utf8"),
);

describe("a file of torch.save()", () => {
  it.each(Object.entries(expected))("has the %s tensor", async (name, { shape, values }) => {
    const [file, root] = await entries(at("tensors.pt"));
    using _open = file;
    const tensors = root.get("tensors");
    const tensor = tensors instanceof Map ? tensors.get(name) : undefined;
    if (!(tensor instanceof TensorRef)) throw new Error(`no tensor ${name}`);
    const read = await file.read(tensor);
    expect(read.shape).toEqual(shape);
    expect(Array.from<number | bigint, number>(read.data, Number)).toEqual(values.map(Number));
  });

  it.each(["tensors.pt", "tensors-protocol3.pt", "tensors-protocol4.pt", "tensors-protocol5.pt"])(
    "has plain data, and objects as inert data: %s",
    async (name) => {
      const [file, root] = await entries(at(name));
      file.close();
      const plain = root.get("plain");
      if (!(plain instanceof Map)) throw new Error("no plain data");
      const { cycle, config, namespace, dtype: _, numpy_array, complex, bytes, ...rest } = Object.fromEntries(plain);
      expect(rest).toEqual({
        none: null,
        yes: true,
        long: 2n ** 70n,
        negative: -(2 ** 40),
        float: 1.5,
        text: "tschüß",
        tuple: [1, [2, 3]],
        set: new Set([7]),
        frozen: new Set([8]),
        ordered: new Map([["a", 1]]),
        default: new Map([["k", [1]]]),
        size: [2, 3],
        device: "cpu",
        numpy_float: 0.25,
        numpy_int: -2,
      });
      expect([...bytes]).toEqual([0, 255]);
      expect(cycle[0]).toBe(cycle);
      expect(config).toBeInstanceOf(PickleObject);
      expect(config.className).toBe("yacs.config.CfgNode");
      expect(config.items.get("A").items).toEqual(new Map([["B", 2]]));
      expect(namespace).toMatchObject({ className: "argparse.Namespace", state: new Map([["a", 1]]) });
      expect(numpy_array.className).toBe("numpy.ndarray");
      expect(complex).toMatchObject({ className: "builtins.complex", args: [1, 2] });
    },
  );
});

const strides = (shape: readonly number[]) =>
  shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));

/** `numpy.float16` of these bits, as NumPy pickles it. */
function numpyHalf(bits: number): string {
  const dtype = `${op.global("numpy", "dtype")}(${op.text("f2")}K\x00K\x01tR(K\x03${op.text("<")}NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb`;
  const bytes = `C\x02${String.fromCharCode(bits & 0xff, bits >> 8)}`;
  return `${op.global("numpy.core.multiarray", "scalar")}(${dtype}${bytes}tR`;
}

describe("a model saved by PyTorch", () => {
  it("in the authors' layout has the parameters it was made from, bit for bit, and their config", async () => {
    const fixture = await readFixture(join(fixtures, "snnmlp-2stage.safetensors"));
    if (fixture.kind !== "model") throw new Error("no model");
    const { checkpoint, contents } = await loadPytorch(at("authors-2stage.pt"));
    expect([...checkpoint.parameters.keys()].sort()).toEqual([...fixture.parameters.keys()].sort());
    for (const [name, { data }] of fixture.parameters) {
      expect(checkpoint.parameters.get(name)?.data, name).toEqual(data);
    }
    expect(checkpoint.config).toEqual({ ...fixture.config, dropPath: 0.1 });
    expect(contents).toMatchObject({ epoch: 299, maxAccuracy: 81.876, types: ["float32"], assumed: [] });
    expect(contents.leftOut).toContain("config (object of yacs.config.CfgNode)");
    expect(contents.leftOut).toContain("optimizer_lif (dict)");
  });

  it("after training, with pickle protocol 4 and NumPy's accuracy, is read by loadCheckpoint", async () => {
    const { config, parameters, notes } = await loadCheckpoint(at("authors-micro.pt"));
    expect(config).toMatchObject({ imageSize: 16, patchSize: 2, inChannels: 1, embedDim: 4, depths: [1, 1] });
    expect([...notes]).toEqual([
      ["epoch", "41"],
      ["max_accuracy", "97.5"],
    ]);
    expect(parameters.get("layers.0.blocks.0.lif_module.lif1.Vth")?.data[0]).toBeCloseTo(0.1, 3);
  });

  it("in half precision, wrapped, with a Namespace and a fixed tau becomes float32", async () => {
    const whole = await loadCheckpoint(at("authors-micro.pt"));
    const { checkpoint, contents } = await loadPytorch(at("wrapped-half.pt"));
    expect(checkpoint.config).toMatchObject({ imageSize: 16, lifGroup: 2, tau: 0.5, depths: [1, 1] });
    expect(contents.types).toContain("bfloat16");
    for (const [name, { data }] of whole.parameters) {
      const half = checkpoint.parameters.get(name)?.data ?? [];
      const allowed = (value: number) => 4e-3 * Math.abs(value) + 1e-6;
      if (name.endsWith(".tau")) expect([...half]).toEqual([0.5]);
      else
        expect(
          data.every((value, i) => Math.abs((half[i] ?? 9) - value) <= allowed(value)),
          name,
        ).toBe(true);
    }
  });

  it("that says nothing is ImageNet's size and the authors' LIF group, and says so; what is given wins", async () => {
    const tensors: [string, number[]][] = [...(await loadCheckpoint(at("authors-micro.pt"))).parameters].map(
      ([name, { shape }]) => [name, [...shape]],
    );
    const pickle = tensors.map(
      ([name, size]) => op.text(name) + tensorOp({ size, stride: strides(size) }, { elements: 4096 }),
    );
    const path = writePt(join(folder, "bare.pt"), `${op.proto}}(${pickle.join("")}u.`, { 0: new Uint8Array(4 * 4096) });
    const { checkpoint, contents } = await loadPytorch(path);
    expect(checkpoint.config).toMatchObject({ imageSize: 224, lifGroup: 4, embedDim: 4, patchSize: 2, numClasses: 3 });
    expect(contents.layout).toBe("a bare state dict");
    expect(contents.assumed).toEqual(["image size 224 (convert --image-size N)", "LIF group 4 (convert --lif N)"]);
    const told = await loadPytorch(path, { untold: { imageSize: 16, lifGroup: 2 } });
    expect(told.checkpoint.config).toMatchObject({ imageSize: 16, lifGroup: 2 });
    expect(told.contents.assumed).toEqual([]);
  });

  it.each<[string, string, number]>([
    ["a tensor without dimensions", tensorOp({ size: [], stride: [] }, { elements: 1, key: "accuracy" }), 81.75],
    ["numpy.float16", numpyHalf(0x551c), 81.75],
    ["numpy.float16, subnormal", numpyHalf(0x0001), 2 ** -24],
  ])("has its accuracy where that is %s", async (_, accuracy, expected) => {
    const { parameters, config } = await loadCheckpoint(at("authors-micro.pt"));
    const model = [...parameters].map(
      ([name, { shape }]) => op.text(name) + tensorOp({ size: shape, stride: strides(shape) }, { elements: 4096 }),
    );
    const entry = (key: string, value: string) => op.text(key) + value;
    const root = `}(${entry("model", `}(${model.join("")}u`)}${entry("max_accuracy", accuracy)}${entry("epoch", "K\x02")}u`;
    const storages = { 0: new Uint8Array(4 * 4096), accuracy: new Uint8Array(Float32Array.of(81.75).buffer) };
    const path = writePt(join(folder, "accuracy.pt"), `${op.proto}${root}.`, storages);
    const { checkpoint, contents } = await loadPytorch(path, { config });
    expect(contents).toMatchObject({ epoch: 2, maxAccuracy: expected, leftOut: [] });
    expect(checkpoint.notes.get("max_accuracy")).toBe(String(expected));
  });

  it("of another kind is refused by the first difference", async () => {
    const { config } = await loadCheckpoint(at("authors-micro.pt"));
    await expect(loadCheckpoint(at("authors-2stage.pt"), config)).rejects.toThrow(
      "tensor layers.1.blocks.1.norm1.weight is no parameter of this model; the file belongs to another model, or --model",
    );
    await expect(loadCheckpoint(at("authors-micro.pt"), { ...config, numClasses: 4 })).rejects.toThrow(
      "parameter head.weight has shape [3, 8], the model's is [4, 8]",
    );
    await expect(loadCheckpoint(at("tensors.pt"))).rejects.toThrow(
      "it holds a dict of tensors, plain and no state dict",
    );
    await expect(loadCheckpoint(at("legacy.pt"))).rejects.toThrow("_use_new_zipfile_serialization=True");
  });
});
