import type { Pixels } from "../pixels.js";

/** Replaces every byte by its entry in a table of 256. A loop, as `map` takes ten times as long. */
function lookUp(picture: Pixels, table: Uint8Array): Pixels {
  const { data } = picture;
  const result = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) result[i] = table[data[i] ?? 0] ?? 0;
  return { ...picture, data: result };
}

/** The same with one table per channel. */
function lookUpEach(picture: Pixels, tables: readonly Uint8Array[]): Pixels {
  const { channels, data } = picture;
  const result = new Uint8Array(data.length);
  tables.forEach((table, c) => {
    for (let i = c; i < data.length; i += channels) result[i] = table[data[i] ?? 0] ?? 0;
  });
  return { ...picture, data: result };
}

const tableOf = (entry: (byte: number) => number): Uint8Array => Uint8Array.from({ length: 256 }, (_, i) => entry(i));
const identity = tableOf((byte) => byte);

/** How often each byte occurs in a channel. */
function histogram({ channels, data }: Pixels, channel: number): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = channel; i < data.length; i += channels) {
    const byte = data[i] ?? 0;
    counts[byte] = (counts[byte] ?? 0) + 1;
  }
  return counts;
}

const perChannel = (picture: Pixels, tableFor: (counts: Uint32Array) => Uint8Array): Pixels =>
  lookUpEach(
    picture,
    Array.from({ length: picture.channels }, (_, c) => tableFor(histogram(picture, c))),
  );

/** Stretches each channel to 0 to 255 (Pillow's `ImageOps.autocontrast`). */
export function autoContrast(picture: Pixels): Pixels {
  return perChannel(picture, (counts) => {
    const low = counts.findIndex((count) => count > 0);
    const high = counts.findLastIndex((count) => count > 0);
    if (high <= low) return identity;
    const scale = 255 / (high - low);
    const offset = -low * scale;
    return tableOf((byte) => Math.min(255, Math.max(0, Math.trunc(byte * scale + offset))));
  });
}

/** Makes the histogram of each channel flat (Pillow's `ImageOps.equalize`). */
export function equalize(picture: Pixels): Pixels {
  return perChannel(picture, (counts) => {
    const last = counts[counts.findLastIndex((count) => count > 0)] ?? 0;
    const step = Math.floor((picture.width * picture.height - last) / 255);
    if (step === 0) return identity;
    let seen = Math.floor(step / 2);
    const table = new Uint8Array(256);
    for (let byte = 0; byte < 256; byte++) {
      table[byte] = Math.min(255, Math.floor(seen / step));
      seen += counts[byte] ?? 0;
    }
    return table;
  });
}

/** 255 minus every byte. */
export const invert = (picture: Pixels): Pixels =>
  lookUp(
    picture,
    tableOf((byte) => 255 - byte),
  );

/** Keeps the highest `bits` bits; all from 8. */
export const posterize = (picture: Pixels, bits: number): Pixels =>
  bits >= 8
    ? picture
    : lookUp(
        picture,
        tableOf((byte) => byte & (255 << (8 - bits))),
      );

/** Inverts the bytes from `threshold`. */
export const solarize = (picture: Pixels, threshold: number): Pixels =>
  lookUp(
    picture,
    tableOf((byte) => (byte < threshold ? byte : 255 - byte)),
  );

/** Adds `amount` to the bytes below 128, up to 255. */
export const solarizeAdd = (picture: Pixels, amount: number): Pixels =>
  lookUp(
    picture,
    tableOf((byte) => (byte < 128 ? Math.min(255, byte + amount) : byte)),
  );

/** Blends with black (0) or away from it (above 1); Pillow's `ImageEnhance.Brightness`. */
export const brightness = (picture: Pixels, factor: number): Pixels =>
  lookUp(
    picture,
    tableOf((byte) => blended(0, byte, Math.fround(factor))),
  );

/** Blends with the picture's mean grey (0) or away from it (above 1); Pillow's `ImageEnhance.Contrast`. */
export function contrast(picture: Pixels, factor: number): Pixels {
  const grey = luminance(picture);
  let sum = 0;
  for (const byte of grey) sum += byte;
  const mean = Math.trunc(sum / grey.length + 0.5);
  return lookUp(
    picture,
    tableOf((byte) => blended(mean, byte, Math.fround(factor))),
  );
}

/** ITU-R 601 luminance in 16-bit fixed point, a byte per pixel, as Pillow's `convert("L")` gives it. */
export function luminance({ channels, data }: Pixels): Uint8Array {
  if (channels === 1) return data;
  const grey = new Uint8Array(data.length / 3);
  for (let i = 0, at = 0; i < grey.length; i++, at += 3) {
    grey[i] = greyOf(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0);
  }
  return grey;
}

/** The luminance of one colour. */
export const greyOf = (red: number, green: number, blue: number): number =>
  (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;

/** `from + factor * (to - from)` in float32, cut off to a byte (Pillow's `Image.blend`); `factor` is a float32. */
export function blended(from: number, to: number, factor: number): number {
  const value = Math.fround(from + Math.fround(factor * (to - from)));
  return value <= 0 ? 0 : value >= 255 ? 255 : value | 0;
}
