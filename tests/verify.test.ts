import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSafetensors, type TensorToStore, writeSafetensors } from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";
import { runCli } from "./support/cli.js";

const folder = mkdtempSync(join(tmpdir(), "verify-"));
afterAll(() => rmSync(folder, { recursive: true }));
const shipped = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.safetensors`, import.meta.url));
const verify = (...args: string[]) => runCli(["verify", ...args, "--allow-software"], 120_000);

/** A fixture with one value of one tensor moved. */
async function moved(name: string, tensorName: string, by: number): Promise<string> {
  const { tensors, metadata } = await readSafetensors(shipped(name));
  const changed = new Map<string, TensorToStore>(tensors);
  const { data, shape } = changed.get(tensorName) ?? { data: new Uint8Array(), shape: [] };
  const values = Float32Array.from(data, Number);
  values[0] = (values[0] ?? 0) + by;
  changed.set(tensorName, { shape, data: values });
  const path = join(folder, `${name}.safetensors`);
  await writeSafetensors(path, changed, metadata);
  return path;
}

describe("snnmlp verify", () => {
  it.each([
    ["lif", 24],
    ["lif-surrogate", 24],
    ["snnmlp-2stage", 97],
    ["snnmlp-nano", 159],
    ["snnmlp-2stage-20steps", 97],
  ])("finds %s computed right", (name, count) => {
    const { code, stdout } = verify(shipped(name), "--json");
    const { ok, tensors, worst, adapter } = JSON.parse(stdout);
    expect({ code, ok, count: tensors.length }).toEqual({ code: 0, ok: true, count });
    expect(worst.relative).toBeLessThanOrEqual(worst.tolerance);
    expect(adapter.name).not.toBe("");
  });

  it("names the tensor that is off and exits with 1", async () => {
    const { code, stdout } = verify(
      await moved("snnmlp-2stage", "grad.layers.1.blocks.0.mlp.fc1.bias", 1e-3),
      "--json",
    );
    const { ok, worst, tensors } = JSON.parse(stdout);
    expect({ code, ok, name: worst.name }).toEqual({ code: 1, ok: false, name: "grad.layers.1.blocks.0.mlp.fc1.bias" });
    expect(tensors.filter((tensor: { ok: boolean }) => !tensor.ok).length).toBe(1);
  });

  it("prints the wrong ones as a table", async () => {
    const { code, stdout } = verify(await moved("lif", "3.dx", 1e-4));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^3\.dx +\[2, 3, 14, 7\] .* WRONG$/m);
    expect(stdout).toContain("WRONG: 1 of 24 past tolerance; worst 3.dx");
  });

  it("says what a file lacks that is no fixture, without opening an adapter", async () => {
    const path = join(folder, "weights.safetensors");
    await writeSafetensors(path, new Map([["w", { shape: [1], data: Float32Array.of(1) }]]));
    const { code, stderr } = runCli(["verify", path]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `error: ${path}: has neither LIF cases (0.x, 0.dy, ...) nor a config in its metadata; make the fixture again; snnmlp verify --help says what it must hold\n`,
    });
  });

  it("refuses a software adapter that was not allowed", () => {
    const { code, stderr } = runCli(["verify", shipped("lif"), "--adapter", "lavapipe"], 60_000, {
      SNNMLP_ALLOW_SOFTWARE: "0",
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: .*--allow-software/);
  });
});
