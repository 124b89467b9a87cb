/** High word of the 64-bit product of two 32-bit words. */
export function mulHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  // Each partial sum stays below 2^33, which a double holds exactly.
  const mid = a1 * b0 + Math.floor((a0 * b0) / 65_536);
  const cross = a0 * b1 + (mid % 65_536);
  return (a1 * b1 + Math.floor(mid / 65_536) + Math.floor(cross / 65_536)) >>> 0;
}

/** Four words. */
export type Words4 = readonly [number, number, number, number];

/**
 * Philox4x32-10: four random 32-bit words from a counter and a key
 * (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). The same bits as the kernels'.
 */
export function philox(counter: Words4, key: readonly [number, number]): Words4 {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    [c0, c1, c2, c3] = [
      (mulHigh(0xcd9e8d57, c2) ^ c1 ^ k0) >>> 0,
      Math.imul(0xcd9e8d57, c2) >>> 0,
      (mulHigh(0xd2511f53, c0) ^ c3 ^ k1) >>> 0,
      Math.imul(0xd2511f53, c0) >>> 0,
    ];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** A word as a number in [0, 1), in steps of 2^-24. */
export const unit = (word: number): number => (word >>> 8) * 2 ** -24;
