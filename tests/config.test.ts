import { ConfigError, models, parseConfig, stagesOf } from "snnmlp";
import { describe, expect, it } from "vitest";

const message = (input: unknown): string => {
  try {
    parseConfig(input);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "no error";
};

describe("parseConfig", () => {
  it("fills in the paper's values", () => {
    expect(parseConfig({ imageSize: 224, embedDim: 96, depths: [2, 2, 6, 2], dropPath: 0.2 })).toEqual(models.tiny);
    expect(models.tiny).toMatchObject({
      patchSize: 4,
      lifGroup: 4,
      mlpRatio: 4,
      tau: 0.25,
      vth: 0.1,
      surrogate: "none",
    });
  });

  it("understands the names of the authors' PyTorch code", () => {
    const names = { img_size: 32, num_classes: 10, patch_size: 2, in_chans: 1, embed_dim: 32, depths: [1, 1, 2, 1] };
    expect(parseConfig(names)).toEqual(models.nano);
  });

  it("gives each surrogate its usual sharpness unless told otherwise", () => {
    const base = { imageSize: 32, embedDim: 32, depths: [1] };
    expect(parseConfig({ ...base, surrogate: "superspike" }).alpha).toBe(10);
    expect(parseConfig({ ...base, surrogate: "superspike", alpha: 3 }).alpha).toBe(3);
  });

  it("lists stages: sizes halve, channels double", () => {
    expect(stagesOf(models.tiny).map(({ dim, size }) => [dim, size])).toEqual([
      [96, 56],
      [192, 28],
      [384, 14],
      [768, 7],
    ]);
  });

  it("names what is wrong and how to mend it", () => {
    expect(message({ imageSize: 30, embedDim: 32, depths: [1] })).toMatchInlineSnapshot(
      `"config: imageSize 30 does not divide by 4 (patchSize 4); use 32"`,
    );
    expect(message({ imageSize: 28, embedDim: 32, depths: [1, 1, 1, 1] })).toMatchInlineSnapshot(
      `"config: imageSize 28 does not divide by 32 (patchSize 4 x 2^3 for the patch mergings); use 32"`,
    );
    expect(message({ imageSize: 32, embedDim: 32, depths: [], lifGroup: 0, drop: 1 })).toMatchInlineSnapshot(
      `"config is not an SNN-MLP config: depths: Too small: expected array to have >=1 items; lifGroup: expected -1 (identity) or a whole number from 1; it: Unrecognized key: "drop""`,
    );
    expect(message({ imageSize: 32, embedDim: 30, depths: [1], mlpRatio: 1.25 })).toMatchInlineSnapshot(
      `"config: embedDim 30 x mlpRatio 1.25 is not a whole number of channels"`,
    );
    expect(message("tiny")).toMatchInlineSnapshot(
      `"config is not an SNN-MLP config: it: Invalid input: expected object, received string"`,
    );
  });
});
