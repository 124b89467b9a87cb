import type { SnnmlpConfig } from "../config.js";
import { ImageError } from "../file-error.js";
import { decode, readImageFile } from "./decode.js";
import { prepare } from "./prepare.js";
import type { Preprocessing } from "./preprocessing.js";

/**
 * Decodes an image file (PNG, JPEG, WebP) to bytes [imageSize, imageSize, inChannels] for `predict`, as evaluation does but
 * that the EXIF orientation is followed and transparency laid on white (`invert`) or black.
 *
 * - A model with padding (28x28 digits in 32x32): fitted whole into the inner square, black around it.
 *   MNIST digits are light on black; `invert` turns a dark drawing on white paper into that.
 * - A model without: the shorter side is scaled to 8/7 of imageSize by Pillow's antialiased bicubic, the middle square is
 *   taken (256 and 224 on ImageNet).
 *
 * A model of one channel sees the luma.
 * @throws ImageError when the file is missing or cannot be decoded
 */
export async function decodeImage(
  path: string,
  config: Pick<SnnmlpConfig, "imageSize" | "inChannels">,
  { padding }: Pick<Preprocessing, "padding">,
  { invert = false }: { readonly invert?: boolean } = {},
): Promise<Uint8Array> {
  const background = invert ? "white" : "black";
  const decoded = await decode(readImageFile(path), path, { upright: true, background });
  const pixels = invert ? { ...decoded, data: decoded.data.map((byte) => 255 - byte) } : decoded;
  const channels = channelsOf(config);
  if (channels === undefined) {
    throw new ImageError(path, `no image has the model's ${config.inChannels} channels`, "take a model with 1 or 3");
  }
  return prepare(pixels, { size: config.imageSize, channels, padding }, { epoch: 0, index: 0 }, false).data;
}

/** The channels of a model that images can have. */
export const channelsOf = ({ inChannels }: Pick<SnnmlpConfig, "inChannels">): 1 | 3 | undefined =>
  inChannels === 1 || inChannels === 3 ? inChannels : undefined;
