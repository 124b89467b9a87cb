import { fileURLToPath } from "node:url";
import {
  authorsMacs,
  exactMacs,
  models,
  parameterCount,
  parameterShapes,
  parseConfig,
  published,
  readSafetensors,
} from "snnmlp";
import { describe, expect, it } from "vitest";

const fixture = fileURLToPath(new URL("fixtures/snnmlp-2stage.safetensors", import.meta.url));

describe("counts", () => {
  it.each(["tiny", "small", "base"] as const)("agree with the paper for %s", (name) => {
    expect(parameterCount(models[name])).toBe(published[name]?.parameters);
    expect(authorsMacs(models[name])).toBe(published[name]?.macs);
  });

  it("count every multiply-accumulate of a model small enough to count by hand", () => {
    // One stage of 3x3 pixels, 2 channels in, 4 inside, 1 block, groups of 2, 5 classes.
    const config = parseConfig({
      imageSize: 3,
      patchSize: 1,
      inChannels: 2,
      numClasses: 5,
      embedDim: 4,
      depths: [1],
      lifGroup: 2,
    });
    expect(exactMacs(config)).toEqual({
      convolution: 9 * 2 * 4 + 9 * (4 * 16 + 2 * 64),
      depthwise: 9 * 4 * 9,
      linear: 4 * 5,
      norm: 2 * 36 + 5 * 2 * 36 + 2 * 36,
      lif: 2 * (3 * 2 * 4),
      total: 72 + 1728 + 324 + 20 + 504 + 48,
    });
  });

  it("give identity LIFs neither parameters nor work", () => {
    const identity = { ...models.pico, lifGroup: -1 };
    expect(parameterCount(models.pico) - parameterCount(identity)).toBe(5 * 4);
    expect(exactMacs(identity).lif).toBe(0);
    expect(exactMacs(models.tiny).lif).toBeGreaterThan(0);
  });
});

it("parameterShapes lists PyTorch's state dict", async () => {
  const { tensors, metadata } = await readSafetensors(fixture);
  const config = parseConfig(JSON.parse(metadata.get("config") ?? ""));
  const stored = [...tensors].filter(([name]) => name.startsWith("param."));
  const ours = parameterShapes(config).map(({ name, shape }) => [`param.${name}`, shape]);
  expect(ours).toEqual(stored.map(([name, { shape }]) => [name, shape]));
});
