/**
 * 32 random bits for each counter: the finaliser of MurmurHash3 over a Weyl sequence, keyed by seed and epoch.
 * A counter needs no state, so any epoch's order can be had without going through those before it.
 */
export function randomBits(key: number, counter: number): number {
  return mixBits(key ^ mixBits(Math.imul(counter + 1, 0x9e3779b9)));
}

export function mixBits(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Uniform numbers in [0, 1) that depend on seed and name alone. */
export function randomStream(seed: number, name: string): () => number {
  let key = mixBits(seed);
  for (let i = 0; i < name.length; i++) key = mixBits(key ^ Math.imul(name.charCodeAt(i) + 1, 0x9e3779b9));
  let counter = 0;
  return () => randomBits(key, counter++) / 2 ** 32;
}
