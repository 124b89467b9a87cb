import { readFile } from "node:fs/promises";
import sharp, { type Sharp } from "sharp";
import type { SnnmlpConfig } from "../config.js";
import { explain, ImageError } from "../file-error.js";
import type { Preprocessing } from "./preprocessing.js";

/**
 * Decodes an image file (PNG, JPEG, WebP, ...) to bytes [imageSize, imageSize, inChannels] for `predict`.
 *
 * - A model with padding (28x28 digits in 32x32): made grey, fitted whole into the inner square, black around it.
 *   MNIST digits are light on black; `invert` turns a dark drawing on white paper into that.
 * - A model without: the shorter side is scaled to 8/7 of imageSize by an antialiased bicubic, the middle square is taken
 *   (256 and 224 on ImageNet).
 *
 * Transparency is laid on white (`invert`) or black.
 * @throws ImageError when the file is missing or cannot be decoded
 */
export async function decodeImage(
  path: string,
  config: Pick<SnnmlpConfig, "imageSize" | "inChannels">,
  { padding }: Pick<Preprocessing, "padding">,
  options: { readonly invert?: boolean } = {},
): Promise<Uint8Array> {
  const { imageSize, inChannels } = config;
  const invert = options.invert ?? false;
  const background = invert ? "white" : "black";
  const encoded = await readFile(path).catch((cause: unknown) => {
    throw new ImageError(path, ...explain(cause), { cause });
  });
  try {
    const upright = sharp(encoded, { failOn: "error" }).rotate().flatten({ background });
    const coloured = inChannels === 1 ? upright.greyscale() : upright.toColourspace("srgb");
    const sized = padding > 0 ? fitted(coloured, imageSize, padding, background) : cropped(coloured, imageSize);
    const { data, info } = await sized.raw().toBuffer({ resolveWithObject: true });
    if (info.channels !== inChannels) {
      throw new Error(`it decodes to ${info.channels} channels, the model takes ${inChannels}`);
    }
    return Uint8Array.from(data, (byte) => (invert ? 255 - byte : byte));
  } catch (cause) {
    const [line] = (cause instanceof Error ? cause.message : String(cause)).split("\n", 1);
    throw new ImageError(path, `cannot be decoded (${line})`, "pass a PNG or JPEG image that other programs open", {
      cause,
    });
  }
}

function fitted(image: Sharp, imageSize: number, padding: number, background: string): Sharp {
  const inner = imageSize - 2 * padding;
  const border = { top: padding, bottom: padding, left: padding, right: padding };
  return image.resize(inner, inner, { fit: "contain", background }).extend({ ...border, background });
}

function cropped(image: Sharp, imageSize: number): Sharp {
  const scaled = Math.floor((imageSize * 8) / 7);
  const margin = Math.round((scaled - imageSize) / 2);
  return image
    .resize(scaled, scaled, { fit: "cover", kernel: "cubic", fastShrinkOnLoad: false })
    .extract({ left: margin, top: margin, width: imageSize, height: imageSize });
}
