import sharp from "sharp";
import type { Pixels } from "snnmlp";

/** The pixels of an image file, of one channel where the file has one. */
export async function decoded(path: string): Promise<Pixels> {
  const image = sharp(path);
  const { channels } = await image.metadata();
  if (channels === 1) image.toColourspace("b-w");
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== channels || (channels !== 1 && channels !== 3)) {
    throw new Error(`${path} decodes to ${info.channels} channels`);
  }
  return { width: info.width, height: info.height, channels, data };
}
