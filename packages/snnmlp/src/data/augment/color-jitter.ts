import type { Pixels } from "../pixels.js";
import { color } from "./blend-operations.js";
import type { PictureRandom } from "./picture-random.js";
import { brightness, contrast } from "./point-operations.js";

/**
 * Brightness, contrast and saturation each by a factor within its strength of 1, in random order (torchvision's
 * `ColorJitter`).
 */
export function colorJitter(
  picture: Pixels,
  strengths: readonly [brightness: number, contrast: number, saturation: number],
  random: PictureRandom,
): Pixels {
  const steps = [brightness, contrast, color].map((apply, i) => ({ apply, strength: strengths[i] ?? 0 }));
  // Fisher-Yates over three.
  for (let last = 2; last > 0; last--) {
    const [moved] = steps.splice(random.integer(0, last), 1);
    if (moved) steps.push(moved);
  }
  let pixels = picture;
  for (const { apply, strength } of steps) {
    const factor = random.uniform(Math.max(0, 1 - strength), 1 + strength);
    if (strength > 0) pixels = apply(pixels, factor);
  }
  return pixels;
}
