/**
 * Bytes as the u32 words that hold four of them, the first in a word's lowest bits: how `prepareImages` takes images.
 * A view of the same memory where they begin and end on a word, else a copy with zeros up to the last word's end.
 *
 * @returns ceil(bytes.length / 4) words
 *
 * ```ts
 * const images = tensor(device, packBytes(bytes), [Math.ceil(bytes.length / 4)], "u32");
 * ```
 */
export function packBytes(bytes: Uint8Array): Uint32Array {
  const words = Math.ceil(bytes.length / 4);
  if (bytes.byteOffset % 4 === 0 && bytes.length % 4 === 0) {
    return new Uint32Array(bytes.buffer, bytes.byteOffset, words);
  }
  const packed = new Uint32Array(words);
  new Uint8Array(packed.buffer).set(bytes);
  return packed;
}
