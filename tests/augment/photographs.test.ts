import { join } from "node:path";
import { evalTransform, type Pixels, resize } from "snnmlp";
import { describe, expect, it } from "vitest";
import { decoded } from "../support/decoded.js";

// JPEG files, and what Pillow 9.4 and torchvision's arithmetic make of them: frozen by fixtures/augment/make.py.
const file = (name: string): string => join(import.meta.dirname, "..", "fixtures", "augment", name);

function difference(a: Uint8Array, b: Uint8Array): { readonly mean: number; readonly max: number } {
  let sum = 0;
  let max = 0;
  a.forEach((byte, i) => {
    const off = Math.abs(byte - (b[i] ?? 0));
    sum += off;
    max = Math.max(max, off);
  });
  return { mean: sum / a.length, max };
}

describe("evalTransform", () => {
  it.each([
    { name: "landscape", from: [451, 300], size: 224, expected: "landscape.webp" },
    { name: "portrait", from: [260, 430], size: 224, expected: "portrait.webp" },
    { name: "large", from: [1024, 768], size: 224, expected: "large.webp" },
    { name: "tiny, smaller than the crop", from: [90, 66], size: 224, expected: "tiny.webp" },
    { name: "thumbnail, shrunk 11 times", from: [600, 400], size: 32, expected: "thumbnail.webp" },
    { name: "grey", from: [281, 260], size: 160, expected: "grey.png" },
  ])("a photograph of $from to $size ($name) is Pillow's", async ({ name, from, size, expected }) => {
    const photograph = await decoded(file(expected.replace(/\..*/, ".jpg")));
    expect([photograph.width, photograph.height, photograph.channels]).toEqual([...from, name === "grey" ? 1 : 3]);
    const ours = evalTransform(photograph, { size });
    const theirs = await decoded(file(expected));
    expect({ ...ours, data: ours.data.length }).toEqual({ ...theirs, data: theirs.data.length });
    // Asked for is a mean of at most 0.3 of 255 and no more than 3 anywhere; decoder and resize are both exact.
    expect(difference(ours.data, theirs.data)).toEqual({ mean: 0, max: 0 });
  });

  it("of a picture of the scaled size is its middle", async () => {
    const photograph = await decoded(file("landscape.jpg"));
    const fitting = resize(photograph, { width: 256, height: 256 });
    const middle = evalTransform(fitting, { size: 224 });
    const row = fitting.data.subarray((16 * 256 + 16) * 3, (16 * 256 + 16 + 224) * 3);
    expect(middle.data.subarray(0, 224 * 3)).toEqual(new Uint8Array(row));
  });

  it("takes the whole shorter side with cropPct 1", () => {
    const data = Uint8Array.from({ length: 8 * 4 }, (_, i) => i);
    const middle = evalTransform({ width: 8, height: 4, channels: 1, data }, { size: 4, cropPct: 1 });
    expect([...middle.data]).toEqual([2, 3, 4, 5, 10, 11, 12, 13, 18, 19, 20, 21, 26, 27, 28, 29]);
  });

  it.each([0, -1, 1.01, Number.NaN])("refuses cropPct %d", (cropPct) => {
    const picture: Pixels = { width: 1, height: 1, channels: 1, data: new Uint8Array(1) };
    expect(() => evalTransform(picture, { size: 4, cropPct })).toThrow(
      `evalTransform: cropPct is above 0 and at most 1, got ${cropPct}`,
    );
  });
});
