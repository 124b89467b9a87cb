import type { Area } from "../pixels.js";
import { roundHalfToEven } from "./crop.js";
import { type PictureKey, pictureRandom } from "./picture-random.js";

const areaRange = [0.02, 1 / 3] as const;
const smallestAspect = 0.3;

/**
 * The rectangle of a picture of `size` x `size` pixels that random erasing replaces, with probability `probability`: 2 to 33 %
 * of the area, height / width log-uniform in 0.3 to 3.3 (timm 0.3.2, `RandomErasing`; arXiv 1708.04896).
 *
 * @returns nothing when the picture is left alone, or ten tries did not fit
 */
export function erasingRectangle(
  picture: PictureKey & { readonly size: number; readonly probability: number },
): Area | undefined {
  const { size, probability } = picture;
  const random = pictureRandom(picture, "erase");
  if (random.uniform() >= probability) return undefined;
  const logAspect = Math.log(1 / smallestAspect);
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = random.uniform(...areaRange) * size * size;
    const aspect = Math.exp(random.uniform(-logAspect, logAspect));
    const height = roundHalfToEven(Math.sqrt(area * aspect));
    const width = roundHalfToEven(Math.sqrt(area / aspect));
    if (width > 0 && height > 0 && width < size && height < size) {
      const top = random.integer(0, size - height);
      return { left: random.integer(0, size - width), top, width, height };
    }
  }
  return undefined;
}
