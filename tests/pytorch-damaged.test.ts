import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { unzipSync, zipSync } from "fflate";
import { loadPytorch, PytorchFile, PytorchFileError } from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "damaged-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "file.pt");
const micro = fileURLToPath(new URL("fixtures/pytorch/authors-micro.pt", import.meta.url));

describe("a damaged file of PyTorch", () => {
  const bytes = readFileSync(micro);
  const load = async (changed: Uint8Array) => {
    writeFileSync(path, changed);
    return loadPytorch(path);
  };

  it("cut off anywhere gives one error", async () => {
    const cut = fc.integer({ min: 0, max: bytes.length - 1 });
    await fc.assert(
      fc.asyncProperty(cut, async (length) => {
        await expect(load(bytes.subarray(0, length))).rejects.toThrow(PytorchFileError);
      }),
      { numRuns: 150 },
    );
  });

  it("changed anywhere gives one error, or the same parameters", async () => {
    const { checkpoint } = await loadPytorch(micro);
    const change = fc.tuple(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(change, async ([index, bits]) => {
        const changed = Buffer.from(bytes);
        changed[index] = (changed[index] ?? 0) ^ bits;
        const result = await load(changed).catch((error: unknown) => error);
        if (result instanceof Error) expect(result).toBeInstanceOf(PytorchFileError);
        else expect(result).toMatchObject({ checkpoint: { parameters: checkpoint.parameters } });
      }),
      { numRuns: 150 },
    );
  });

  it("with a pickle of changed bytes and right checksums gives one error, or data", async () => {
    const records = unzipSync(readFileSync(fileURLToPath(new URL("fixtures/pytorch/tensors.pt", import.meta.url))));
    const name = Object.keys(records).find((key) => key.endsWith("data.pkl")) ?? "";
    const pickle = records[name] ?? new Uint8Array();
    const index = fc.integer({ min: 0, max: pickle.length - 1 });
    const changes = fc.array(fc.tuple(index, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const changed = Uint8Array.from(pickle);
        for (const [at, byte] of list) changed[at] = byte;
        writeFileSync(path, zipSync({ ...records, [name]: changed }, { level: 0 }));
        const file = await PytorchFile.open(path).catch((error: unknown) => error);
        if (file instanceof PytorchFile) file.close();
        else expect(file).toBeInstanceOf(PytorchFileError);
      }),
      { numRuns: 200 },
    );
  });
});
