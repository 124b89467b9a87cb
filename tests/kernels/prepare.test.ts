import {
  type EraseMode,
  eraseModes,
  type ImageDims,
  imageStatistics,
  normaliseImagesLaunch,
  philox,
  prepareImagesLaunch,
} from "@snnmlp/kernels-wgsl";
import { describe, expect, test } from "vitest";
import { checkLaunch, input, output } from "./run-launch.js";

const sizes: readonly ImageDims[] = [
  { B: 1, H: 1, W: 1, C: 1 },
  { B: 2, H: 3, W: 5, C: 3 },
  { B: 3, H: 7, W: 7, C: 1 },
  { B: 4, H: 8, W: 8, C: 3 },
  { B: 6, H: 32, W: 32, C: 1 },
  { B: 2, H: 4, W: 6, C: 5 },
];
const name = ({ B, H, W, C }: ImageDims): string => `${B} images of ${H}x${W}x${C}`;
const cases = sizes.map((dims) => [name(dims), dims] as const);

const countOf = ({ B, H, W, C }: ImageDims): number => B * H * W * C;

/** Bytes 0 to 255 in no order, packed four to a word. */
function packed(count: number) {
  const bytes = Uint8Array.from({ length: 4 * Math.ceil(count / 4) }, (_, i) => philox([i, 0, 0, 0], [3, 5])[0]);
  return { bytes, words: input(new Uint32Array(bytes.buffer), "u32") };
}

const statisticsOf = ({ C }: ImageDims) => {
  const mean = Array.from({ length: C }, (_, c) => 0.3 + 0.1 * c);
  const std = Array.from({ length: C }, (_, c) => 0.2 + 0.05 * c);
  return { mean, std, statistics: input(imageStatistics(mean, std)) };
};

const key = input([1234, 7], "u32");
const profiles = [
  { kernels: "naive", kind: "gpu" },
  { kernels: "tuned", kind: "gpu" },
] as const;

test.each(cases)("normalising %s is its reference, and (byte / 255 - mean) / std", async (_, dims) => {
  const { bytes, words } = packed(countOf(dims));
  const { mean, std, statistics } = statisticsOf(dims);
  const [, , y] = await checkLaunch(normaliseImagesLaunch(dims), words, statistics, output(countOf(dims)));
  for (const [i, value] of y?.entries() ?? []) {
    const [m = Number.NaN, s = Number.NaN] = [mean[i % dims.C], std[i % dims.C]];
    expect(value).toBeCloseTo(((bytes[i] ?? 0) / 255 - m) / s, 5);
  }
});

describe.each(profiles)("$kernels kernel", (profile) => {
  /** Rectangles that are inside, over an edge, empty, and larger than the image; boxes for the first and last image. */
  const chosen = ({ B, H, W }: ImageDims) => {
    const erase = [0, 0, 1, 1, 1, 1, 2, W, 0, 0, 0, 3, 0, 0, H + 2, W + 2];
    const box = [H >> 2, W >> 2, (H + 1) >> 1, (W + 1) >> 1];
    return {
      erase: input(
        Array.from({ length: 4 * B }, (_, i) => erase[i % 16] ?? 0),
        "i32",
      ),
      cut: input(
        Array.from({ length: 4 * B }, (_, i) => (i < 4 || i >= 4 * B - 4 ? (box[i % 4] ?? 0) : 0)),
        "i32",
      ),
      lambda: input(Array.from({ length: B }, (_, b) => (b % 3 === 1 ? 1 : 0.375))),
    };
  };

  test.each(cases)("erasing and mixing %s", async (_, dims) => {
    const { words } = packed(countOf(dims));
    const { statistics } = statisticsOf(dims);
    const { erase, cut, lambda } = chosen(dims);
    for (const mode of eraseModes) {
      const launch = prepareImagesLaunch(dims, { mode, stream: 5 }, profile);
      await checkLaunch(launch, words, statistics, erase, cut, lambda, key, output(countOf(dims)));
    }
  });

  /** One image all erased, and one beside it that is not. */
  async function erasedImage(mode: EraseMode, dims: ImageDims): Promise<Float64Array> {
    const { words } = packed(countOf(dims));
    const { statistics } = statisticsOf(dims);
    const erase = input([0, 0, dims.H, dims.W, 0, 0, 0, 0], "i32");
    const none = input(new Int32Array(8), "i32");
    const launch = prepareImagesLaunch(dims, { mode, stream: 5 }, profile);
    const y = output(countOf(dims));
    const results = await checkLaunch(launch, words, statistics, erase, none, input([1, 1]), key, y);
    return results[6]?.slice(0, countOf(dims) / 2) ?? new Float64Array();
  }

  test("noise is N(0, 1), a colour is one per channel, const is 0", async () => {
    const dims = { B: 2, H: 60, W: 60, C: 3 };
    const noise = await erasedImage("pixel", dims);
    const mean = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / values.length;
    const n = noise.length;
    expect(Math.abs(mean(noise))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(mean(noise.map((x) => x * x)) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(new Set(noise).size).toBeGreaterThan(0.99 * n);
    const colour = await erasedImage("rand", dims);
    expect(new Set(colour).size).toBe(3);
    expect(colour.every((x, i) => x === colour[i % 3])).toBe(true);
    expect((await erasedImage("const", dims)).every((x) => x === 0)).toBe(true);
  });
});
