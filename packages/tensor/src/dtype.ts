import { ShapeError } from "./errors.js";

/** Element types. `f16` is a storage type and needs the adapter's `shader-f16`; comparisons give `u32` 0 or 1. */
export type DType = "f32" | "f16" | "i32" | "u32";

/** What `read()` gives for a dtype; f16 widens to f32. */
export interface ArrayOf {
  f32: Float32Array<ArrayBuffer>;
  f16: Float32Array<ArrayBuffer>;
  i32: Int32Array<ArrayBuffer>;
  u32: Uint32Array<ArrayBuffer>;
}

/** Host values a tensor can be filled from. */
export type Values = readonly number[] | Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** Bytes per element. */
export const bytesPerElement: Readonly<Record<DType, number>> = { f32: 4, f16: 2, i32: 4, u32: 4 };

const arrayOf = { f32: Float32Array, i32: Int32Array, u32: Uint32Array };

/** Values as the bytes a GPU buffer of this dtype holds: a view of them where they are that already, else a copy. */
export function encode(dtype: DType, values: Values): Uint8Array<ArrayBufferLike> {
  if (dtype === "f16") {
    const halves = Uint16Array.from(values, toHalf);
    return new Uint8Array(halves.buffer);
  }
  const typed = values instanceof arrayOf[dtype] ? values : arrayOf[dtype].from(values);
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}

/** The typed array of the first `length` elements in a GPU buffer's bytes. */
export function decode<D extends DType>(dtype: D, bytes: ArrayBuffer, length: number): ArrayOf[D];
export function decode(dtype: DType, bytes: ArrayBuffer, length: number): ArrayOf[DType] {
  switch (dtype) {
    case "f32":
      return new Float32Array(bytes, 0, length);
    case "i32":
      return new Int32Array(bytes, 0, length);
    case "u32":
      return new Uint32Array(bytes, 0, length);
    case "f16":
      return Float32Array.from(new Uint16Array(bytes, 0, length), fromHalf);
  }
}

/** Oracle values (plain numbers) as the typed array `read()` promises. */
export function fromNumbers<D extends DType>(dtype: D, values: Float64Array): ArrayOf[D];
export function fromNumbers(dtype: DType, values: Float64Array): ArrayOf[DType] {
  if (dtype === "i32") return Int32Array.from(values);
  if (dtype === "u32") return Uint32Array.from(values);
  return Float32Array.from(values);
}

/** Throws unless a tensor has the dtype an op needs. */
export function expectDType(op: string, input: string, actual: DType, ...allowed: DType[]): void {
  if (!allowed.includes(actual)) {
    throw new ShapeError(op, `${input} must be ${allowed.join(" or ")}, got ${actual}; convert it with cast()`);
  }
}

const bits = new DataView(new ArrayBuffer(4));

/** IEEE half precision, rounded to nearest even. */
function toHalf(value: number): number {
  bits.setFloat32(0, value);
  const f = bits.getUint32(0);
  const sign = (f >>> 16) & 0x8000;
  const exponent = ((f >>> 23) & 0xff) - 112;
  const mantissa = f & 0x7fffff;
  if (((f >>> 23) & 0xff) === 0xff) return sign | 0x7c00 | (mantissa ? 0x200 : 0);
  if (exponent >= 31) return sign | 0x7c00;
  // A subnormal half keeps the implicit one explicitly and shifts it right.
  const shift = exponent > 0 ? 13 : 14 - exponent;
  if (shift > 24) return sign;
  const whole = exponent > 0 ? (exponent << 23) | mantissa : 0x800000 | mantissa;
  const rounded = Math.floor(whole / 2 ** shift);
  const rest = whole - rounded * 2 ** shift;
  const half = 2 ** (shift - 1);
  return sign + rounded + (rest > half || (rest === half && rounded % 2 === 1) ? 1 : 0);
}

function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}
