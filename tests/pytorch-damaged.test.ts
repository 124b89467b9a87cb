import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { loadPytorch, PytorchFileError } from "snnmlp";
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
});
