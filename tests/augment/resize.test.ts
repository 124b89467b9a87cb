import fc from "fast-check";
import { type Area, type Pixels, resize } from "snnmlp";
import { describe, expect, it } from "vitest";

/** Black and white next to each other overshoot most; a third of the bytes are such. */
function picture(width: number, height: number, channels: 1 | 3, seed: number): Pixels {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const bits = Math.imul(Math.imul(i + 1, 2654435761) ^ seed, 2246822519) >>> 8;
    return bits % 3 === 0 ? (bits & 64 ? 255 : 0) : (bits >>> 4) & 255;
  });
  return { width, height, channels, data };
}

function part({ width, channels, data }: Pixels, area: Area): Pixels {
  const rows = Array.from({ length: area.height }, (_, y) => {
    const from = ((area.top + y) * width + area.left) * channels;
    return [...data.subarray(from, from + area.width * channels)];
  });
  return { width: area.width, height: area.height, channels, data: Uint8Array.from(rows.flat()) };
}

const side = fc.integer({ min: 1, max: 80 });
const sources = fc
  .record({ width: side, height: side, channels: fc.constantFrom<1 | 3>(1, 3), seed: fc.nat() })
  .map(({ width, height, channels, seed }) => picture(width, height, channels, seed));
const interpolations = fc.constantFrom("bicubic" as const, "bilinear" as const);
const within = (width: number, height: number): fc.Arbitrary<Area> =>
  fc.tuple(fc.nat(width - 1), fc.nat(height - 1)).chain(([left, top]) =>
    fc.record({
      left: fc.constant(left),
      top: fc.constant(top),
      width: fc.integer({ min: 1, max: width - left }),
      height: fc.integer({ min: 1, max: height - top }),
    }),
  );

const cases = fc.tuple(sources, side, side, interpolations).chain(([source, width, height, interpolation]) =>
  fc.record({
    source: fc.constant(source),
    from: within(source.width, source.height),
    keep: within(width, height),
    size: fc.constant({ width, height, interpolation }),
  }),
);

describe("resize", () => {
  it("by vector code gives the bytes of the plain loops", () => {
    fc.assert(
      fc.property(cases, ({ source, from, keep, size }) => {
        const options = { ...size, from, keep };
        expect(resize(source, options)).toEqual(resize(source, { ...options, vectors: false }));
      }),
      { numRuns: 500 },
    );
  });

  it("of a part is that of the part copied out; to a part, that part of the whole", () => {
    fc.assert(
      fc.property(cases, ({ source, from, keep, size }) => {
        const whole = resize(part(source, from), size);
        expect(resize(source, { ...size, from })).toEqual(whole);
        expect(resize(source, { ...size, from, keep })).toEqual(part(whole, keep));
      }),
      { numRuns: 200 },
    );
  });

  it("to its own size changes nothing, and leaves a single colour what it is", () => {
    fc.assert(
      fc.property(sources, side, side, interpolations, (source, width, height, interpolation) => {
        const { width: ownWidth, height: ownHeight } = source;
        expect(resize(source, { width: ownWidth, height: ownHeight, interpolation })).toEqual(source);
        const plain = { ...source, data: source.data.slice().fill(source.data[0] ?? 0) };
        const { data } = resize(plain, { width, height, interpolation });
        expect(new Set(data)).toEqual(new Set([plain.data[0]]));
      }),
      { numRuns: 100 },
    );
  });

  it("treats pictures of every size, one after the other, as if each were the first", () => {
    const large = picture(1500, 900, 3, 1);
    const small = picture(9, 7, 1, 2);
    const first = resize(small, { width: 5, height: 5 });
    const shrunk = resize(large, { width: 20, height: 20 });
    expect(shrunk).toEqual(resize(large, { width: 20, height: 20, vectors: false }));
    expect(resize(small, { width: 5, height: 5 })).toEqual(first);
  });

  it.each([
    [
      { width: 4, height: 4, from: { left: 3, top: 0, width: 3, height: 1 } },
      "from is a part, in whole pixels, of 5x3, got 3x1 at 3,0",
    ],
    [
      { width: 4, height: 4, keep: { left: 0, top: -1, width: 4, height: 4 } },
      "keep is a part, in whole pixels, of 4x4, got 4x4 at 0,-1",
    ],
    [{ width: 0, height: 4 }, "keep is a part, in whole pixels, of 0x4, got 0x4 at 0,0"],
    [{ width: 2.5, height: 4 }, "keep is a part, in whole pixels, of 2.5x4, got 2.5x4 at 0,0"],
    [{ width: Number.NaN, height: 4 }, "keep is a part, in whole pixels, of NaNx4, got NaNx4 at 0,0"],
  ])("refuses %j", (options, message) => {
    expect(() => resize(picture(5, 3, 3, 0), options)).toThrow(new RangeError(`resize: ${message}`));
  });

  it("refuses bytes that make no picture", () => {
    const short: Pixels = { width: 5, height: 3, channels: 3, data: new Uint8Array(15) };
    expect(() => resize(short, { width: 4, height: 4 })).toThrow(
      new RangeError("resize: 15 bytes are no picture of 5x3x3, expected 45"),
    );
  });
});
