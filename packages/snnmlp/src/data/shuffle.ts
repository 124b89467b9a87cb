/**
 * 32 random bits for each counter: the finaliser of MurmurHash3 over a Weyl sequence, keyed by seed and epoch.
 * A counter needs no state, so any epoch's order can be had without going through those before it.
 */
function randomBits(key: number, counter: number): number {
  return mixBits(key ^ mixBits(Math.imul(counter + 1, 0x9e3779b9)));
}

function mixBits(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

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
