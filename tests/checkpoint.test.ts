import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Checkpoint,
  loadCheckpoint,
  models,
  parameterShapes,
  parseConfig,
  saveCheckpoint,
  type TensorToStore,
  writeSafetensors,
} from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "checkpoint-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "model.safetensors");

const config = parseConfig({ imageSize: 8, patchSize: 4, inChannels: 1, numClasses: 3, embedDim: 4, depths: [1, 1] });

function parameters(of = config): Checkpoint["parameters"] {
  const filled = parameterShapes(of).map(({ name, shape }, index) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(index);
    return [name, { shape, data }] as const;
  });
  return new Map(filled);
}

const checkpoint: Checkpoint = {
  config,
  preprocessing: { mean: [0.1307], std: [0.3081], padding: 2 },
  parameters: parameters(),
  training: new Map([["step", { shape: [1], data: Int32Array.of(7) }]]),
  notes: new Map([["seed", "3"]]),
};

describe("checkpoints", () => {
  it("come back as they were saved", async () => {
    await saveCheckpoint(path, checkpoint);
    const loaded = await loadCheckpoint(path);
    expect(loaded.config).toEqual(config);
    expect(loaded.preprocessing).toEqual(checkpoint.preprocessing);
    expect([...loaded.parameters]).toEqual([...checkpoint.parameters]);
    expect(loaded.training.get("step")).toMatchObject({ shape: [1], data: Int32Array.of(7) });
    expect(loaded.notes).toEqual(checkpoint.notes);
  });

  it("without a config need one from the caller", async () => {
    await writeSafetensors(path, parameters());
    await expect(loadCheckpoint(path)).rejects.toThrow(
      "its metadata has no config; say which model it is with --model",
    );
    expect((await loadCheckpoint(path, config)).parameters.size).toBe(parameters().size);
    await expect(loadCheckpoint(path, models.pico)).rejects.toThrow(
      "parameter patch_embed.proj.weight has shape [4, 1, 4, 4], the model's is [32, 1, 4, 4]",
    );
  });

  it("with a missing, a foreign or a wrongly typed tensor are refused", async () => {
    const missing = new Map(parameters());
    missing.delete("head.bias");
    await writeSafetensors(path, missing);
    await expect(loadCheckpoint(path, config)).rejects.toThrow(
      "parameter head.bias [3] is missing; the file belongs to another model, or --model names the wrong one",
    );
    await writeSafetensors(path, missing, new Map([["config", JSON.stringify(config)]]));
    await expect(loadCheckpoint(path)).rejects.toThrow(
      "parameter head.bias [3] is missing; the file does not hold the model of its own config: take another",
    );
    const extra = new Map([...parameters(), ["head.scale", { shape: [1], data: Float32Array.of(1) }]]);
    await writeSafetensors(path, extra);
    await expect(loadCheckpoint(path, config)).rejects.toThrow("tensor head.scale is no parameter of this model");
    const integers = new Map<string, TensorToStore>([
      ...parameters(),
      ["head.bias", { shape: [3], data: Int32Array.of(1, 2, 3) }],
    ]);
    await writeSafetensors(path, integers);
    await expect(loadCheckpoint(path, config)).rejects.toThrow("parameter head.bias has dtype I32; store it as F32");
  });

  it("with broken metadata are refused", async () => {
    await writeSafetensors(path, parameters(), new Map([["config", "{"]]));
    await expect(loadCheckpoint(path)).rejects.toThrow("its config is not valid JSON");
    await writeSafetensors(path, parameters(), new Map([["preprocessing", '{"mean":[0]}']]));
    await expect(loadCheckpoint(path, config)).rejects.toThrow("its preprocessing is not {mean, std, padding}");
  });
});
