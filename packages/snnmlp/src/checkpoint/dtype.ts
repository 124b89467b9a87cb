/** The element types read and written, by their names in the format. */
export const dtypes = ["F32", "F16", "BF16", "I64", "I32", "U8", "BOOL"] as const;
/** A name in `dtypes`. */
export type SafetensorsDType = (typeof dtypes)[number];

/** Values of one tensor. F16 and BF16 are widened to f32, BOOL is one byte an element, 0 or 1. */
export type TensorData =
  | Float32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** Bytes of one element in the file. */
export const bytesOf: Readonly<Record<SafetensorsDType, number>> = {
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  U8: 1,
  BOOL: 1,
};

export const isDType = (name: string): name is SafetensorsDType => dtypes.some((dtype) => dtype === name);

/**
 * The values of `count` elements at `offset` of `file`: a view where the type allows it, else a copy.
 * The format is little-endian, as every machine Dawn runs on.
 */
export function decode(dtype: SafetensorsDType, file: ArrayBuffer, offset: number, count: number): TensorData {
  const size = bytesOf[dtype];
  const aligned = offset % size === 0;
  const buffer = aligned ? file : file.slice(offset, offset + count * size);
  const start = aligned ? offset : 0;
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer, start, count);
    case "I32":
      return new Int32Array(buffer, start, count);
    case "I64":
      return new BigInt64Array(buffer, start, count);
    case "F16":
      return halvesToFloat(new Uint16Array(buffer, start, count));
    case "BF16":
      return bfloatToFloat(new Uint16Array(buffer, start, count));
    default:
      return new Uint8Array(buffer, start, count);
  }
}

/** The value of an IEEE 754 half: 1 sign, 5 exponent and 10 fraction bits. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let halfTable: Float32Array | undefined;

/** Every half as a float, looked up: ten times as fast as computing each. */
export function halvesToFloat(halves: Uint16Array): Float32Array<ArrayBuffer> {
  halfTable ??= Float32Array.from({ length: 0x10000 }, (_, bits) => halfToFloat(bits));
  const table = halfTable;
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = table[halves[i] ?? 0] ?? Number.NaN;
  return floats;
}

/** A bfloat16 is the upper half of an f32. */
export function bfloatToFloat(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] ?? 0) << 16;
  return new Float32Array(bits.buffer);
}
