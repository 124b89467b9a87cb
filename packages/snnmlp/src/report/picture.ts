import sharp from "sharp";
import type { LifFiring } from "../train/firing.js";
import { activeAt } from "../train/firing.js";

/** Dark blue to yellow, even to the eye: the ends and quarters of matplotlib's viridis (CC0). */
const stops = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

/** Red, green and blue of a share in [0, 1]. */
export function heat(share: number): readonly [number, number, number] {
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const mixed = (channel: 0 | 1 | 2): number => {
    const [a = 0, b = 0] = [stops[low]?.[channel], stops[low + 1]?.[channel]];
    return Math.round(a + (at - low) * (b - a));
  };
  return [mixed(0), mixed(1), mixed(2)];
}

/** A PNG as a `data:` address: a pixel for each of `shares`, row by row; `undefined` is transparent. */
export function heatMap(shares: readonly (number | undefined)[], width: number): Promise<string> {
  const pixels = Uint8Array.from(
    shares.flatMap((share) => (share === undefined ? [0, 0, 0, 0] : [...heat(share), 255])),
  );
  return png(pixels, width, shares.length / width, 4);
}

/** Which positions fired for the first image of the batch: the share of channels; transparent outside whole groups. */
export function firingPicture(firing: LifFiring, [low, high]: readonly [number, number]): Promise<string> {
  const { map, height, width } = firing;
  const shares = Array.from(map.subarray(0, height * width), (share, i) =>
    activeAt(firing, i) ? (share - low) / (high - low) : undefined,
  );
  return heatMap(shares, width);
}

/** The least and the largest share among the first images of batches, widened to whole twentieths: the ends of the colours. */
export function firingRange(firings: readonly LifFiring[]): readonly [low: number, high: number] {
  let [low, high] = [1, 0];
  for (const firing of firings) {
    firing.map.subarray(0, firing.height * firing.width).forEach((share, i) => {
      if (!activeAt(firing, i)) return;
      low = Math.min(low, share);
      high = Math.max(high, share);
    });
  }
  if (low > high) return [0, 1];
  const [from, to] = [Math.floor(20 * low + 1e-6) / 20, Math.ceil(20 * high - 1e-6) / 20];
  return to > from ? [from, to] : [from, from + 0.05];
}

/** An image of a batch as a `data:` address, at most `largest` pixels wide. */
export async function thumbnail(pixels: Uint8Array, size: number, largest: number): Promise<string> {
  const channels = pixels.length / size ** 2;
  if (channels !== 1 && channels !== 3) throw new RangeError(`a picture has 1 or 3 channels, got ${channels}`);
  const image = sharp(pixels, { raw: { width: size, height: size, channels } });
  if (size <= largest) return png(pixels, size, size, channels);
  const jpeg = await image.resize(largest, largest).jpeg({ quality: 85 }).toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString("base64")}`;
}

async function png(pixels: Uint8Array, width: number, height: number, channels: 1 | 3 | 4): Promise<string> {
  const encoded = await sharp(pixels, { raw: { width, height, channels } }).png().toBuffer();
  return `data:image/png;base64,${encoded.toString("base64")}`;
}
