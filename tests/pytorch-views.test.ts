import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PytorchFile, PytorchFileError, TensorRef } from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";
import { op, tensorOp, writePt } from "./support/pytorch-zip.js";

const folder = mkdtempSync(join(tmpdir(), "views-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "file.pt");

describe("many tensors", () => {
  it("of one storage take about the time of one", async () => {
    const [elements, count] = [4_000_000, 1500];
    const values = Float32Array.from({ length: elements }, (_, i) => i);
    const view = (i: number) => tensorOp({ offset: 100 * i, size: [2, 3], stride: [3, 1] }, { elements });
    const pairs = Array.from({ length: count }, (_, i) => `${op.text(`t${i}`)}${view(i)}`);
    writePt(path, `${op.proto}}(${pairs.join("")}u.`, { 0: new Uint8Array(values.buffer) });
    using file = await PytorchFile.open(path);
    const tensors = new Map<string, TensorRef>();
    for (const [name, tensor] of file.root instanceof Map ? file.root : []) {
      if (tensor instanceof TensorRef) tensors.set(String(name), tensor);
    }
    const first = tensors.get("t0");
    if (!first) throw new Error("no tensor");
    const start = performance.now();
    await file.read(first);
    const one = performance.now() - start;
    const read = await file.readAll(tensors);
    expect(performance.now() - start - one).toBeLessThan((one * count) / 10);
    expect(read.size).toBe(count);
    for (let i = 0; i < count; i++) {
      const expected = { shape: [2, 3], data: values.slice(100 * i, 100 * i + 6) };
      expect(read.get(`t${i}`), `t${i}`).toMatchObject(expected);
    }
  });

  it("that each repeat a little, but together much, are refused when read", async () => {
    const view = tensorOp({ size: [1000, 100], stride: [0, 1] }, { elements: 100 });
    writePt(path, `${op.proto}](${view.repeat(3)}e.`, { 0: new Uint8Array(400) });
    using file = await PytorchFile.open(path);
    const tensors = Array.isArray(file.root) ? file.root.filter((value) => value instanceof TensorRef) : [];
    const named = (count: number) => new Map(tensors.slice(0, count).map((tensor, i) => [`t${i}`, tensor]));
    expect((await file.readAll(named(2))).size).toBe(2);
    await expect(file.readAll(named(3))).rejects.toThrow(PytorchFileError);
    await expect(file.readAll(named(3))).rejects.toThrow(
      "its tensors repeat what the file holds to 1200000 bytes; save",
    );
  });
});
