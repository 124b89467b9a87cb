import { join } from "node:path";
import {
  increasingOperations,
  operationNames,
  operations,
  type Pixels,
  randomCropArea,
  readSafetensors,
  type Sampling,
} from "snnmlp";
import { describe, expect, it } from "vitest";
import { z } from "zod";

// Frozen by fixtures/augment/make.py: Pillow 9.4 called as timm 0.3.2 calls it.
const { tensors, metadata } = await readSafetensors(
  join(import.meta.dirname, "..", "fixtures", "augment", "operations.safetensors"),
);
const json = (name: string): unknown => JSON.parse(metadata.get(name) ?? "null");
const operationName = z.enum(operationNames);
const mode = z.enum(["RGB", "L"]);

function pixels(name: string): Pixels {
  const tensor = tensors.get(name);
  const [height = 0, width = 0, channels = 1] = tensor?.shape ?? [];
  if (!(tensor?.data instanceof Uint8Array)) throw new Error(`the fixture has no bytes ${name}`);
  // A Buffer, as decoders return it: its slice() is a view, where a Uint8Array's is a copy.
  return { width, height, channels: channels === 1 ? 1 : 3, data: Buffer.from(tensor.data) };
}

describe("operations", () => {
  const cases = z
    .array(
      z.object({
        mode,
        operation: operationName,
        argument: z.number(),
        interpolation: z.enum(["bicubic", "bilinear"]),
      }),
    )
    .parse(json("cases"))
    .map((each, i) => ({ ...each, i }));

  it("all have cases", () => {
    expect(new Set(cases.map(({ operation }) => operation)).size).toBe(15);
  });

  it.each(cases)("$mode $operation $argument ($interpolation) is Pillow's to the byte", (each) => {
    const picture = pixels(`picture.${each.mode}`);
    const before = new Uint8Array(picture.data);
    const sampling: Sampling = {
      interpolation: each.interpolation,
      fill: each.mode === "RGB" ? [124, 116, 104] : [117],
    };
    const result = operations[each.operation].apply(picture, each.argument, sampling);
    expect({ ...result, data: Array.from(result.data) }).toEqual({
      ...picture,
      data: Array.from(pixels(`case.${each.i}`).data),
    });
    expect(new Uint8Array(picture.data), "the source is left alone").toEqual(before);
  });
});

describe("arguments", () => {
  const values = z.partialRecord(operationName, z.number());
  const levels = z
    .array(
      z.object({
        level: z.number(),
        sign: z.union([z.literal(1), z.literal(-1)]),
        plain: values,
        increasing: values,
      }),
    )
    .parse(json("levels"));

  it.each(levels)("at magnitude $level, sign $sign are timm's", ({ level, sign, plain, increasing }) => {
    for (const name of operationNames) {
      expect(operations[name].argument?.(level, sign), name).toBe(plain[name]);
      expect(increasingOperations[name].argument?.(level, sign), name).toBe(increasing[name]);
    }
  });
});

describe("randomCropArea", () => {
  const pair = z.tuple([z.number(), z.number()]);
  const crops = z
    .array(
      z.object({
        width: z.number(),
        height: z.number(),
        scale: pair,
        ratio: pair,
        draw: z.array(z.number()),
        area: z.object({ top: z.number(), left: z.number(), height: z.number(), width: z.number() }),
      }),
    )
    .parse(json("crops"));

  it.each(crops)("takes of $width x $height what timm takes from the same draws: $area", (crop) => {
    const { draw } = crop;
    let used = 0;
    const uniform = (low = 0, high = 1): number => low + (high - low) * (draw[used++] ?? Number.NaN);
    const random = {
      uniform,
      integer: (low: number, high: number) => Math.floor(uniform(low, high + 1)),
      normal: () => Number.NaN,
    };
    expect(randomCropArea(crop, crop, random)).toEqual(crop.area);
    expect(used).toBe(draw.length);
  });
});
