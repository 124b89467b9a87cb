import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { decode, decodeImage, ImageError, imagenetPreprocessing } from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "image-"));
afterAll(() => rmSync(folder, { recursive: true }));

const digit = { imageSize: 8, inChannels: 1 };
const colour = { imageSize: 7, inChannels: 3 };

/** An image file of the pixels that `pixel` gives, grey or RGB. */
async function picture(
  name: string,
  [width, height]: readonly [number, number],
  pixel: (x: number, y: number) => readonly number[],
): Promise<string> {
  const pixels = Array.from({ length: width * height }, (_, i) => pixel(i % width, Math.floor(i / width)));
  const channels = pixels[0]?.length === 1 ? 1 : 3;
  const path = join(folder, name);
  await sharp(Uint8Array.from(pixels.flat()), { raw: { width, height, channels } }).toFile(path);
  return path;
}

async function reason(path: string): Promise<string> {
  const error: unknown = await decodeImage(path, digit, { padding: 2 }).catch((cause: unknown) => cause);
  if (!(error instanceof ImageError)) throw new Error(`expected an ImageError, got ${error}`);
  return error.reason;
}

describe("decode", () => {
  const pictures = new URL("fixtures/decode/", import.meta.url);
  const names = readdirSync(pictures).filter((name) => /\.(jpg|png|webp)$/.test(name));

  it.each(names)("%s: to the byte what Pillow's convert to RGB gives", async (name) => {
    const decoded = await decode(readFileSync(new URL(name, pictures)), name);
    expect([decoded.width, decoded.height, decoded.channels]).toEqual([32, 24, 3]);
    const expected = readFileSync(new URL(`${name}.rgb`, pictures));
    expect(Buffer.compare(decoded.data, expected)).toBe(0);
  });

  it("there are pictures of every mode", () => {
    expect(names.length).toBe(11);
  });
});

describe("decodeImage", () => {
  it("puts an image of the inner size unchanged in the middle", async () => {
    const path = await picture("inner.png", [4, 4], (x, y) => [10 + x + 4 * y]);
    const bytes = await decodeImage(path, digit, { padding: 2 });
    expect(bytes.length).toBe(64);
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) {
        const inside = x >= 2 && x < 6 && y >= 2 && y < 6;
        expect(bytes[8 * y + x]).toBe(inside ? 10 + (x - 2) + 4 * (y - 2) : 0);
      }
    }
  });

  it("inverts a dark drawing on white, and keeps the border black", async () => {
    const path = await picture("white.png", [4, 4], (x, y) => [x === 1 && y === 2 ? 0 : 255]);
    const bytes = await decodeImage(path, digit, { padding: 2 }, { invert: true });
    const expected = new Uint8Array(64);
    expected[8 * (2 + 2) + (2 + 1)] = 255;
    expect(bytes).toEqual(expected);
  });

  it("sees colours as Pillow's luma where the model has one channel", async () => {
    const path = await picture("orange.png", [4, 4], () => [200, 100, 50]);
    const bytes = await decodeImage(path, digit, { padding: 2 });
    expect(bytes[8 * 3 + 3]).toBe(124);
  });

  it("takes the middle of a colour picture, channels last", async () => {
    const path = await picture("wide.png", [160, 80], (x) => (x < 20 || x >= 140 ? [0, 255, 0] : [200, 100, 50]));
    const bytes = await decodeImage(path, colour, imagenetPreprocessing);
    expect(bytes.length).toBe(7 * 7 * 3);
    for (let i = 0; i < bytes.length; i += 3) expect([...bytes.subarray(i, i + 3)]).toEqual([200, 100, 50]);
  });

  it("names a file that is missing, no image, or cut off", async () => {
    expect(await reason(join(folder, "none.png"))).toBe("no such file or folder");
    writeFileSync(join(folder, "text.png"), "hello");
    expect(await reason(join(folder, "text.png"))).toMatch(/^cannot be decoded \(/);
    const whole = readFileSync(await picture("whole.jpg", [64, 64], (x, y) => [(x * y) % 256]));
    writeFileSync(join(folder, "cut.jpg"), whole.subarray(0, 500));
    expect(await reason(join(folder, "cut.jpg"))).toMatch(/^cannot be decoded \(/);
  });
});
