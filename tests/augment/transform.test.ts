import fc from "fast-check";
import {
  type AugmentSettings,
  type AugmentSettingsInput,
  augmentSettings,
  authorsAugment,
  erasingRectangle,
  evalTransform,
  noAugment,
  type Pixels,
  resize,
  trainTransform,
} from "snnmlp";
import { describe, expect, it } from "vitest";

/** A picture with a different byte almost everywhere. */
function picture(width: number, height: number, channels: 1 | 3): Pixels {
  const data = Uint8Array.from(
    { length: width * height * channels },
    (_, i) => (Math.imul(i + 1, 2654435761) >>> 20) & 255,
  );
  return { width, height, channels, data };
}

const off = (but: AugmentSettingsInput): AugmentSettings =>
  augmentSettings.parse({ hflip: 0, autoAugment: null, colorJitter: null, reprob: 0, ...but });

const wide = picture(60, 40, 3);
const key = { seed: 1, epoch: 2, index: 3 };
const bytes = (settings: AugmentSettings, where = key, source = wide): readonly number[] =>
  Array.from(trainTransform(source, { ...where, size: 24, settings }).pixels.data);

const pictures = fc
  .record({ width: fc.integer({ min: 1, max: 70 }), height: fc.integer({ min: 1, max: 70 }), grey: fc.boolean() })
  .map(({ width, height, grey }) => picture(width, height, grey ? 1 : 3));
const keys = fc.record({ seed: fc.nat(), epoch: fc.nat(300), index: fc.nat(2_000_000) });
const anySettings = fc
  .record({
    crop: fc.constantFrom("authors", "random", "center", "padded"),
    autoAugment: fc.constantFrom("rand-m9-mstd0.5-inc1", "rand-m10-n4", null),
    interpolation: fc.constantFrom("bicubic", "bilinear", "random"),
    hflip: fc.constantFrom(0, 0.5, 1),
    vflip: fc.constantFrom(0, 0.5),
    mean: fc.constantFrom([0.3], [0.485, 0.456, 0.406]),
    reprob: fc.constantFrom(0, 0.25, 1),
  })
  .map((settings) => augmentSettings.parse(settings));

describe("trainTransform", () => {
  it("gives the same picture of the asked size whenever it is asked, and leaves the source alone", () => {
    fc.assert(
      fc.property(pictures, keys, anySettings, fc.integer({ min: 1, max: 40 }), (source, where, settings, size) => {
        const before = source.data.slice();
        const first = trainTransform(source, { ...where, size, settings });
        trainTransform(source, { ...where, index: where.index + 1, size, settings });
        expect(trainTransform(source, { ...where, size, settings })).toEqual(first);
        expect(source.data).toEqual(before);
        const { pixels, erase } = first;
        expect([pixels.width, pixels.height, pixels.channels]).toEqual([size, size, source.channels]);
        expect(pixels.data.length).toBe(size * size * source.channels);
        if (erase) {
          expect(erase.left + erase.width).toBeLessThanOrEqual(size);
          expect(erase.top + erase.height).toBeLessThanOrEqual(size);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each(["seed", "epoch", "index"] as const)("depends on %s", (part) => {
    const results = new Set([0, 1, 2, 3, 4, 5].map((value) => bytes(authorsAugment, { ...key, [part]: value }).join()));
    expect(results.size).toBe(6);
  });

  it("with everything off is the evaluation's crop", () => {
    const { pixels, erase } = trainTransform(wide, { ...key, size: 24, settings: noAugment });
    expect(pixels).toEqual(evalTransform(wide, { size: 24 }));
    expect(erase).toBeUndefined();
  });

  it("with a random crop of all of it is a plain resize", () => {
    const settings = off({ scale: [1, 1], ratio: [1.5, 1.5] });
    const { pixels } = trainTransform(wide, { ...key, size: 24, settings });
    expect(pixels).toEqual(resize(wide, { width: 24, height: 24 }));
  });

  it("mirrors with hflip and vflip 1, whatever the crop", () => {
    const plain = bytes(off({}));
    const at = (pixels: readonly number[], x: number, y: number) =>
      pixels.slice((y * 24 + x) * 3, (y * 24 + x) * 3 + 3);
    const mirrored = bytes(off({ hflip: 1 }));
    const upsideDown = bytes(off({ vflip: 1 }));
    expect(mirrored).not.toEqual(plain);
    for (let y = 0; y < 24; y++) {
      for (let x = 0; x < 24; x++) {
        expect(at(mirrored, 23 - x, y)).toEqual(at(plain, x, y));
        expect(at(upsideDown, x, 23 - y)).toEqual(at(plain, x, y));
      }
    }
  });

  it("keeps the crop when another piece is switched on", () => {
    const withErasing = trainTransform(wide, { ...key, size: 24, settings: off({ reprob: 1 }) });
    expect(Array.from(withErasing.pixels.data)).toEqual(bytes(off({})));
    expect(withErasing.erase).toBeDefined();
  });

  it("jitters colours only where RandAugment is off", () => {
    const colour = { colorJitter: 0.4 };
    expect(bytes(off(colour))).not.toEqual(bytes(off({})));
    expect(bytes(off({ ...colour, autoAugment: "rand-m9" }))).toEqual(bytes(off({ autoAugment: "rand-m9" })));
    expect(bytes(off({ colorJitter: [0, 0, 0] }))).toEqual(bytes(off({})));
    const grey = picture(60, 40, 1);
    expect(bytes(off({ colorJitter: [0, 0, 0.9] }), key, grey)).toEqual(bytes(off({}), key, grey));
  });

  it("cuts a padded square out of a picture of its own pixels", () => {
    const digit = picture(28, 28, 1);
    const places = new Set<string>();
    for (let index = 0; index < 60; index++) {
      const { pixels } = trainTransform(digit, { ...key, index, size: 32, settings: off({ crop: "padded" }) });
      const shift = shiftOf(digit, pixels);
      expect(shift).toBeDefined();
      places.add(String(shift));
    }
    expect(places.size).toBeGreaterThan(15);
  });

  it("leaves the scale of pictures of up to 32 pixels, which the model takes as they are, as the authors do", () => {
    const cut = (source: Pixels, size: number, crop: "authors" | "random" | "padded") =>
      trainTransform(source, { ...key, size, settings: off({ crop }) }).pixels;
    for (const [side, size, crop] of [
      [32, 32, "padded"],
      [24, 24, "padded"],
      [33, 33, "random"],
      [40, 32, "random"],
      [28, 32, "random"],
    ] as const) {
      const source = picture(side, side, 3);
      const other = crop === "random" ? "padded" : "random";
      expect(cut(source, size, "authors"), `${side} in ${size}`).toEqual(cut(source, size, crop));
      expect(cut(source, size, "authors"), `${side} in ${size}`).not.toEqual(cut(source, size, other));
    }
    const [fitting, large] = [picture(32, 32, 3), picture(33, 33, 3)];
    expect(evalTransform(fitting, { size: 32 })).toEqual(fitting);
    expect(evalTransform(large, { size: 33 })).not.toEqual(large);
  });
});

/** Where the whole of a digit lies in a larger picture that is black elsewhere. */
function shiftOf(digit: Pixels, { width, data }: Pixels): readonly [number, number] | undefined {
  const room = width - digit.width;
  for (let top = 0; top <= room; top++) {
    for (let left = 0; left <= room; left++) {
      const expected = new Uint8Array(data.length);
      for (let y = 0; y < digit.height; y++) {
        expected.set(digit.data.subarray(y * digit.width, (y + 1) * digit.width), (top + y) * width + left);
      }
      if (expected.every((byte, i) => byte === data[i])) return [top, left];
    }
  }
  return undefined;
}

describe("erasingRectangle", () => {
  const rectangles = (probability: number) =>
    Array.from({ length: 4000 }, (_, index) => erasingRectangle({ seed: 5, epoch: 0, index, size: 224, probability }));

  it("erases with its probability, 2 to 33 % of the area, of sides 0.3 to 3.3", () => {
    const found = rectangles(0.25).filter((area) => area !== undefined);
    expect(found.length / 4000).toBeGreaterThan(0.22);
    expect(found.length / 4000).toBeLessThan(0.28);
    const shares = found.map(({ width, height }) => (width * height) / 224 ** 2);
    const aspects = found.map(({ width, height }) => height / width);
    expect(Math.min(...shares)).toBeGreaterThan(0.019);
    expect(Math.max(...shares)).toBeLessThan(0.341);
    expect(shares.reduce((a, b) => a + b) / shares.length).toBeCloseTo((0.02 + 1 / 3) / 2, 1);
    expect(Math.min(...aspects)).toBeGreaterThan(0.28);
    expect(Math.max(...aspects)).toBeLessThan(3.55);
    expect(aspects.filter((aspect) => aspect < 1).length / aspects.length).toBeCloseTo(0.5, 1);
  });

  it("never erases with probability 0, and nearly always with 1", () => {
    expect(rectangles(0).every((area) => area === undefined)).toBe(true);
    expect(rectangles(1).filter((area) => area === undefined).length).toBeLessThan(5);
  });
});
