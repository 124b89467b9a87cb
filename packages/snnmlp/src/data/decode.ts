import { readFileSync, statSync } from "node:fs";
import sharp from "sharp";
import { explain, ImageError } from "../file-error.js";
import { maxFileBytes, maxPixels } from "./limits.js";
import type { Pixels } from "./pixels.js";

// Images are decoded side by side, one thread each, and never twice in a row.
sharp.concurrency(1);
sharp.cache(false);

/** How `predict` departs from what data sets are decoded to. */
export interface DecodeOptions {
  /** Turns the image as its EXIF orientation says. */
  readonly upright?: boolean;
  /** What transparent images are laid on. */
  readonly background?: "black" | "white";
}

/**
 * Decodes a JPEG, PNG or WebP to the colours that Pillow's `convert("RGB")` gives: transparency, ICC profile and EXIF
 * orientation are ignored, CMYK is converted without a profile, of 16 bits the upper 8 are taken.
 *
 * @param where how errors call the image
 * @throws ImageError when it cannot be decoded whole, or has more than `maxPixels`
 */
export async function decode(encoded: Uint8Array, where: string, options: DecodeOptions = {}): Promise<Pixels> {
  if (encoded.length === 0) throw new ImageError(where, "is empty", "fetch it again");
  try {
    const image = sharp(encoded, { failOn: "error", limitInputPixels: maxPixels, ignoreIcc: true });
    if (isCmykJpeg(encoded)) image.pipelineColourspace("cmyk").toColourspace("cmyk");
    else if (options.background) image.flatten({ background: options.background });
    else image.removeAlpha();
    if (options.upright) image.rotate();
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    if (channels === 4) return { width, height, channels: 3, data: fromCmyk(data) };
    if (channels === 1 || channels === 3) return { width, height, channels, data };
    throw new Error(`it decodes to ${channels} channels`);
  } catch (cause) {
    const [line] = (cause instanceof Error ? cause.message : String(cause)).split("\n", 1);
    throw new ImageError(where, `cannot be decoded (${line})`, "pass a PNG or JPEG image that other programs open", {
      cause,
    });
  }
}

/**
 * The bytes of an image file. Synchronous, because every step of an asynchronous read costs more than reading a file that
 * the system has at hand: 0.03 against 0.2 ms for 50 KB; a slow disk wants more workers.
 *
 * @throws ImageError when it is missing, no file or unreasonably large
 */
export function readImageFile(path: string): Uint8Array {
  const fail = (cause: unknown): never => {
    throw new ImageError(path, ...explain(cause), { cause });
  };
  const found = attempt(() => statSync(path), fail);
  if (found.isDirectory()) throw new ImageError(path, "is a folder, not an image", "name the images in it");
  if (!found.isFile()) throw new ImageError(path, "is no regular file", "name an image file");
  if (found.size > maxFileBytes) {
    const reason = `has ${found.size} bytes, more than the ${maxFileBytes} of any image`;
    throw new ImageError(path, reason, "name an image file");
  }
  return attempt(() => readFileSync(path), fail);
}

function attempt<T>(read: () => T, fail: (cause: unknown) => never): T {
  try {
    return read();
  } catch (cause) {
    return fail(cause);
  }
}

/** Whether a JPEG's frame header (any SOF marker) tells of four components. */
function isCmykJpeg(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return false;
  let at = 2;
  while (at + 9 < bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return bytes[at + 9] === 4;
    // A fill byte stands alone; every other segment says its length.
    at += marker === 0xff ? 1 : 2 + 256 * (bytes[at + 2] ?? 0) + (bytes[at + 3] ?? 0);
  }
  return false;
}

/** Full ink is 255; what is left of the light is (255 - ink) (255 - black) / 255, rounded as Pillow does. */
function fromCmyk(inks: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((inks.length / 4) * 3);
  for (let from = 0, to = 0; from < inks.length; from += 4) {
    const light = 255 - (inks[from + 3] ?? 0);
    for (let c = 0; c < 3; c++) {
      const product = (inks[from + c] ?? 0) * light + 128;
      rgb[to++] = light - (((product >> 8) + product) >> 8);
    }
  }
  return rgb;
}
