import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  compare,
  FixtureError,
  readFixture,
  readSafetensors,
  type TensorToStore,
  worst,
  writeSafetensors,
} from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "fixture-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "fixture.safetensors");
const shipped = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.safetensors`, import.meta.url));

/** The error of a fixture that is `name` with a change. */
async function failure(
  name: string,
  change: (tensors: Map<string, TensorToStore>, metadata: Map<string, string>) => void,
): Promise<string> {
  const { tensors, metadata } = await readSafetensors(shipped(name));
  const [changed, strings] = [new Map<string, TensorToStore>(tensors), new Map(metadata)];
  change(changed, strings);
  await writeSafetensors(path, changed, strings);
  const error: unknown = await readFixture(path).catch((cause: unknown) => cause);
  if (!(error instanceof FixtureError)) throw new Error(`expected a FixtureError, got ${error}`);
  return error.reason;
}

describe("readFixture", () => {
  it("knows frozen answers of a model", async () => {
    const fixture = await readFixture(shipped("snnmlp-2stage"));
    if (fixture.kind !== "model") throw new Error(fixture.kind);
    expect(fixture.config).toMatchObject({ imageSize: 56, embedDim: 16, depths: [1, 2], lifGroup: 4 });
    expect(fixture.input.shape).toEqual([2, 3, 56, 56]);
    expect(fixture.labels.length).toBe(2);
    expect([...fixture.gradients.keys()]).toEqual([...fixture.parameters.keys()]);
    expect(fixture.torchError.grad).toBeCloseTo(2.97e-6, 8);
  });

  it("knows LIF cases, with the authors' gradient and with surrogates", async () => {
    const plain = await readFixture(shipped("lif"));
    const surrogate = await readFixture(shipped("lif-surrogate"));
    if (plain.kind !== "lif" || surrogate.kind !== "lif") throw new Error(plain.kind);
    expect(plain.cases.length).toBe(6);
    expect(plain.cases[3]?.settings).toMatchObject({ axis: "W", vth: -0.3, surrogate: "none", output: "membrane" });
    expect(surrogate.cases[2]?.settings).toMatchObject({ surrogate: "triangle", output: "spike" });
  });

  it("names what is wrong with one", async () => {
    const zeros = (...shape: number[]): TensorToStore => ({
      shape,
      data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
    });
    expect(await failure("snnmlp-2stage", (tensors) => tensors.delete("labels"))).toBe("tensor labels is missing");
    expect(await failure("snnmlp-2stage", (tensors) => tensors.delete("input"))).toBe("tensor input is missing");
    expect(await failure("snnmlp-2stage", (tensors) => tensors.delete("grad.head.bias"))).toBe(
      "tensor grad.head.bias is missing",
    );
    expect(await failure("snnmlp-2stage", (tensors) => tensors.set("input", zeros(2, 3, 56, 55)))).toBe(
      "tensor input has shape [2, 3, 56, 55], expected [2, 3, 56, 56]",
    );
    expect(await failure("snnmlp-2stage", (tensors) => tensors.set("param.scale", zeros(1)))).toBe(
      "tensor param.scale is no parameter of the config in its metadata",
    );
    expect(
      await failure("snnmlp-2stage", (tensors) => tensors.set("labels", { shape: [2], data: Int32Array.of(1, 7) })),
    ).toBe("labels holds class 7 of 7");
    expect(await failure("snnmlp-2stage", (tensors) => tensors.set("labels", zeros(2)))).toBe(
      "tensor labels has dtype F32, expected I32 or I64",
    );
    expect(await failure("snnmlp-2stage", (_, metadata) => metadata.delete("config"))).toBe(
      "has neither LIF cases (0.x, 0.dy, ...) nor a config in its metadata",
    );
    expect(await failure("lif", (_, metadata) => metadata.delete("1"))).toBe("its metadata lacks case 1");
    expect(await failure("lif", (_, metadata) => metadata.set("1", "{"))).toBe("metadata 1 is not valid JSON");
    expect(await failure("lif", (tensors) => tensors.delete("5.dvth"))).toBe("tensor 5.dvth is missing");
  });
});

describe("compare", () => {
  const limits = { tolerance: 1e-3, measure: "max" } as const;

  it("measures the largest difference against the largest value, or norm against norm", () => {
    const max = compare("x", [3], [1, 2, 4.002], [1, 2, 4], limits);
    expect([max.maxAbsolute, max.relative]).toEqual([expect.closeTo(2e-3, 12), expect.closeTo(5e-4, 12)]);
    expect(max.ok).toBe(true);
    const norm = compare("x", [2], [3.003, 4.004], [3, 4], { tolerance: 9e-4, measure: "norm" });
    expect(norm.relative).toBeCloseTo(1e-3, 12);
    expect(norm.ok).toBe(false);
  });

  it("never lets a value that is not finite pass, and zeros only as zeros", () => {
    expect(compare("x", [2], [Number.NaN, 1], [1, 1], limits)).toMatchObject({ maxAbsolute: Infinity, ok: false });
    expect(compare("x", [1], [Infinity], [Infinity], limits).ok).toBe(false);
    expect(compare("x", [1], [0], [0], limits)).toMatchObject({ relative: 0, ok: true });
    expect(compare("x", [1], [1e-30], [0], limits)).toMatchObject({ relative: Infinity, ok: false });
  });

  it("worst is the one furthest past its own tolerance", () => {
    const loose = compare("loose", [1], [1.01], [1], { tolerance: 1, measure: "max" });
    const tight = compare("tight", [1], [1.001], [1], { tolerance: 1e-6, measure: "max" });
    expect(worst([loose, tight])?.name).toBe("tight");
    expect(worst([])).toBeUndefined();
  });
});
