import sharp from "sharp";
import { type PictureKey, pictureRandom } from "../data/augment/picture-random.js";
import type { AugmentSettings } from "../data/augment/settings.js";
import type { Area, Pixels } from "../data/pixels.js";
import { imagenetPreprocessing } from "../data/preprocessing.js";
import { resize } from "../data/resize.js";

const gap = 4;
const paper = 255;
/** Around an original that is no square. */
const frame = 128;

/** Pictures of `size` in rows of `cols`, with white between them: the original fitted into the first place, then the cells. */
export function contactSheet(
  original: Pixels,
  cells: readonly Pixels[],
  { size, cols, rows }: { readonly size: number; readonly cols: number; readonly rows: number },
): Pixels {
  const { channels } = original;
  const width = cols * (size + gap) - gap;
  const height = rows * (size + gap) - gap;
  const sheet = { width, height, channels, data: new Uint8Array(width * height * channels).fill(paper) };
  [fitted(original, size), ...cells].forEach((cell, i) => {
    place(sheet, cell, (i % cols) * (size + gap), Math.floor(i / cols) * (size + gap));
  });
  return sheet;
}

/** The whole picture, as large as it fits. */
function fitted(picture: Pixels, size: number): Pixels {
  const scale = size / Math.max(picture.width, picture.height);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const { channels } = picture;
  const square = { width: size, height: size, channels, data: new Uint8Array(size * size * channels).fill(frame) };
  const left = Math.floor((size - width) / 2);
  place(square, resize(picture, { width, height }), left, Math.floor((size - height) / 2));
  return square;
}

function place(sheet: Pixels, { width, height, channels, data }: Pixels, left: number, top: number): void {
  const row = width * channels;
  for (let y = 0; y < height; y++) {
    sheet.data.set(data.subarray(y * row, (y + 1) * row), ((top + y) * sheet.width + left) * channels);
  }
}

/** A picture with its erased rectangle as the network sees it: noise, or the mean, turned back into bytes. */
export function erased(picture: Pixels, area: Area, { mean, remode }: AugmentSettings, key: PictureKey): Pixels {
  const { width, channels } = picture;
  const data = picture.data.slice();
  const random = pictureRandom(key, "noise");
  const noise = (): number => random.normal(0, 1);
  const colour = Array.from({ length: channels }, noise);
  for (let y = area.top; y < area.top + area.height; y++) {
    for (let x = area.left; x < area.left + area.width; x++) {
      for (let c = 0; c < channels; c++) {
        const normalised = remode === "pixel" ? noise() : remode === "rand" ? (colour[c] ?? 0) : 0;
        const value = 255 * ((mean[c] ?? mean[0] ?? 0) + normalised * (imagenetPreprocessing.std[c] ?? 0));
        data[(y * width + x) * channels + c] = Math.min(255, Math.max(0, Math.round(value)));
      }
    }
  }
  return { ...picture, data };
}

/** The bytes of a PNG file. */
export function png({ width, height, channels, data }: Pixels): Promise<Uint8Array> {
  const image = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  return (channels === 1 ? image.toColourspace("b-w") : image).png().toBuffer();
}
