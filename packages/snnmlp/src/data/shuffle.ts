import { mixBits, randomBits } from "../random.js";

/** A random order of 0 to `count - 1` that depends on seed and epoch alone (Fisher-Yates). */
export function shuffledOrder(count: number, seed: number, epoch: number): Uint32Array<ArrayBuffer> {
  const key = mixBits(mixBits(seed) + Math.imul(epoch + 1, 0x9e3779b9));
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const pick = Math.floor((randomBits(key, last) / 2 ** 32) * (last + 1));
    const swapped = order[pick] ?? 0;
    order[pick] = order[last] ?? 0;
    order[last] = swapped;
  }
  return order;
}
