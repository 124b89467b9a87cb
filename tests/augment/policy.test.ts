import {
  applyOperations,
  augmentSettings,
  authorsAugment,
  authorsPolicy,
  colorJitter,
  drawOperations,
  operationNames,
  operations,
  type Pixels,
  parseRandAugment,
  pictureRandom,
} from "snnmlp";
import { describe, expect, it } from "vitest";
import { z } from "zod";

describe("parseRandAugment", () => {
  it.each([
    [authorsPolicy, { magnitude: 9, magnitudeStd: 0.5, layers: 2, increasing: true }],
    ["rand", { magnitude: 10, magnitudeStd: 0, layers: 2, increasing: false }],
    ["rand-n3-inc1-mstd1-m5", { magnitude: 5, magnitudeStd: 1, layers: 3, increasing: true }],
  ])("reads %s as timm does", (text, policy) => {
    expect(parseRandAugment(text)).toEqual(policy);
  });

  it.each([
    ["v0", 'expected RandAugment like rand-m9-mstd0.5-inc1, or none, got "v0"'],
    ["rand-m9-w0", 'rand-m9-w0: unknown part "w0", expected m9, n2, mstd0.5 or inc1'],
    ["rand-m", 'rand-m: unknown part "m", expected m9, n2, mstd0.5 or inc1'],
    ["rand-m9-mstd.5", 'rand-m9-mstd.5: unknown part "mstd.5", expected m9, n2, mstd0.5 or inc1'],
    ["rand-m9.5", "rand-m9.5: m is a whole number, got 9.5"],
    ["rand-m15", "rand-m15: m is 0 to 10 (timm 0.3.2 cuts larger ones off at 10), got 15"],
    ["rand-m9-inc0", "rand-m9-inc0: inc is 1, or left out for the other form, got 0"],
    ["rand-m9-m8", "rand-m9-m8: m is named twice"],
  ])("refuses %s", (text, message) => {
    expect(() => parseRandAugment(text)).toThrow(message);
  });
});

describe("drawOperations", () => {
  const draw = (policy: string, count: number) =>
    Array.from({ length: count }, (_, index) =>
      drawOperations(parseRandAugment(policy), pictureRandom({ seed: 3, epoch: 0, index }, "operations")),
    );

  it("takes each of the fifteen equally often, each layer with probability 1/2", () => {
    const drawn = draw(authorsPolicy, 15_000);
    const lengths = [0, 1, 2].map((length) => drawn.filter((each) => each.length === length).length / 15_000);
    [0.25, 0.5, 0.25].forEach((share, i) => {
      expect(Math.abs((lengths[i] ?? 0) - share)).toBeLessThan(0.015);
    });
    for (const name of operationNames) {
      const times = drawn.flat().filter((each) => each.name === name).length;
      // 1000 expected, standard deviation 31.
      expect(times, name).toBeGreaterThan(870);
      expect(times, name).toBeLessThan(1130);
    }
  });

  it("draws magnitudes around the named one, both signs", () => {
    const angles = draw("rand-m9-mstd0.5-inc1", 15_000)
      .flat()
      .flatMap(({ name, argument }) => (name === "Rotate" && argument !== undefined ? [argument] : []));
    const sizes = angles.map(Math.abs);
    const mean = sizes.reduce((a, b) => a + b, 0) / sizes.length;
    const std = Math.sqrt(sizes.reduce((a, b) => a + (b - mean) ** 2, 0) / sizes.length);
    expect(mean).toBeCloseTo(27, 0);
    // 0.5 of 10 levels of 30 degrees, a little less where magnitudes above 10 are cut off.
    expect(std).toBeGreaterThan(1.3);
    expect(std).toBeLessThan(1.6);
    expect(Math.max(...sizes)).toBe(30);
    expect(angles.filter((angle) => angle < 0).length / angles.length).toBeCloseTo(0.5, 1);
  });

  it("without a standard deviation uses the magnitude itself", () => {
    for (const { name, argument } of draw("rand-m4-n4", 500).flat()) {
      const { argument: of } = operations[name];
      if (!of) expect(argument).toBeUndefined();
      else expect([of(4, 1), of(4, -1)]).toContain(argument);
    }
  });

  it("is applied in the order drawn", () => {
    const picture: Pixels = { width: 1, height: 1, channels: 1, data: Uint8Array.of(40) };
    const sampling = () => ({ interpolation: "bicubic" as const, fill: [0] });
    const inverted = { name: "Invert" } as const;
    const added = { name: "SolarizeAdd", argument: 50 } as const;
    expect([...applyOperations(picture, [inverted, added], sampling).data]).toEqual([215]);
    expect([...applyOperations(picture, [added, inverted], sampling).data]).toEqual([165]);
  });
});

describe("colorJitter", () => {
  const picture: Pixels = { width: 2, height: 1, channels: 3, data: Uint8Array.of(10, 100, 200, 60, 60, 60) };

  it("of strength 0 changes nothing, of brightness only scales", () => {
    const key = { seed: 1, epoch: 1, index: 1 };
    expect(colorJitter(picture, [0, 0, 0], pictureRandom(key, "jitter"))).toEqual(picture);
    const shares = new Set<number>();
    for (let index = 0; index < 300; index++) {
      const { data } = colorJitter(picture, [0.4, 0, 0], pictureRandom({ ...key, index }, "jitter"));
      shares.add((data[1] ?? 0) / 100);
      expect(Math.abs((data[3] ?? 0) - ((data[1] ?? 0) * 60) / 100)).toBeLessThan(1);
    }
    expect(Math.min(...shares)).toBeLessThan(0.63);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.59);
    expect(Math.max(...shares)).toBeGreaterThan(1.37);
    expect(Math.max(...shares)).toBeLessThanOrEqual(1.4);
  });

  it("takes its three steps in every order", () => {
    const orders = new Set<string>();
    for (let index = 0; index < 100; index++) {
      const drawn: number[] = [];
      const random = pictureRandom({ seed: 1, epoch: 1, index }, "jitter");
      // A factor is drawn for each step in turn; its range tells which step it is.
      const uniform = (low?: number, high?: number): number => {
        drawn.push(high ?? 1);
        return random.uniform(low, high);
      };
      colorJitter(picture, [0.1, 0.2, 0.3], { ...random, uniform });
      orders.add(drawn.join());
    }
    expect(orders.size).toBe(6);
  });
});

describe("augmentSettings", () => {
  it("has the authors' values", () => {
    expect(authorsAugment).toEqual({
      crop: "authors",
      scale: [0.08, 1],
      ratio: [3 / 4, 4 / 3],
      interpolation: "bicubic",
      hflip: 0.5,
      vflip: 0,
      autoAugment: "rand-m9-mstd0.5-inc1",
      colorJitter: 0.4,
      mean: [0.485, 0.456, 0.406],
      reprob: 0.25,
      remode: "pixel",
      recount: 1,
    });
  });

  it("knows none", () => {
    expect(augmentSettings.parse({ autoAugment: "none" }).autoAugment).toBeNull();
  });

  it.each([
    [{ hflip: 1.5 }, "hflip"],
    [{ scale: [1, 0.5] }, "expected [low, high] with low <= high"],
    [{ scale: [0.5, 1.5] }, "scale"],
    [{ ratio: [0, 1] }, "ratio"],
    [{ autoAugment: "rand-x3" }, 'rand-x3: unknown part "x3"'],
    [{ mean: [0.1, 0.2] }, "expected 1 or 3 numbers"],
    [{ recount: 2 }, "recount"],
    [{ flip: 1 }, "flip"],
  ])("refuses %j", (settings, message) => {
    const { error } = augmentSettings.safeParse(settings);
    expect(z.prettifyError(error ?? new z.ZodError([]))).toContain(message);
  });
});
