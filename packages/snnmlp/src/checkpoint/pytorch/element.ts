import type { SafetensorsDType, TensorData } from "../dtype.js";
import { bfloatToFloat, halvesToFloat } from "../dtype.js";

/** How one element lies in a storage. */
export interface ElementType {
  /** As in `torch.float32`. */
  readonly name: string;
  /** Bytes of one element: 1, 2, 4 or 8. */
  readonly bytes: number;
  /** The type it is read as. */
  readonly dtype: SafetensorsDType;
  /** Contiguous elements as numbers. */
  readonly decode: (raw: ArrayBuffer) => TensorData;
}

const int32 = (values: Int16Array | Int8Array): Int32Array<ArrayBuffer> => Int32Array.from(values);

const uint8: ElementType = { name: "uint8", bytes: 1, dtype: "U8", decode: (raw) => new Uint8Array(raw) };

const types: readonly (ElementType & { readonly storage: string })[] = [
  { storage: "Float", name: "float32", bytes: 4, dtype: "F32", decode: (raw) => new Float32Array(raw) },
  {
    storage: "Double",
    name: "float64",
    bytes: 8,
    dtype: "F32",
    decode: (raw) => Float32Array.from(new Float64Array(raw)),
  },
  {
    storage: "Half",
    name: "float16",
    bytes: 2,
    dtype: "F16",
    decode: (raw) => halvesToFloat(new Uint16Array(raw)),
  },
  {
    storage: "BFloat16",
    name: "bfloat16",
    bytes: 2,
    dtype: "BF16",
    decode: (raw) => bfloatToFloat(new Uint16Array(raw)),
  },
  { storage: "Long", name: "int64", bytes: 8, dtype: "I64", decode: (raw) => new BigInt64Array(raw) },
  { storage: "Int", name: "int32", bytes: 4, dtype: "I32", decode: (raw) => new Int32Array(raw) },
  { storage: "Short", name: "int16", bytes: 2, dtype: "I32", decode: (raw) => int32(new Int16Array(raw)) },
  { storage: "Char", name: "int8", bytes: 1, dtype: "I32", decode: (raw) => int32(new Int8Array(raw)) },
  { storage: "Byte", ...uint8 },
  {
    storage: "Bool",
    name: "bool",
    bytes: 1,
    dtype: "BOOL",
    decode: (raw) => Uint8Array.from(new Uint8Array(raw), (byte) => (byte === 0 ? 0 : 1)),
  },
];

/** The element type of a storage class, as `torch.FloatStorage`; undefined for one that is not read (complex, quantised). */
export function storageType(className: string): ElementType | undefined {
  if (/^torch(\.storage)?\.UntypedStorage$/.test(className)) return uint8;
  const name = /^torch(?:\.cuda)?\.(\w+)Storage$/.exec(className)?.[1];
  return types.find(({ storage }) => storage === name);
}

/** The element type of a dtype, as `torch.float32`. */
export function dtypeNamed(className: string): ElementType | undefined {
  return types.find(({ name }) => className === `torch.${name}`);
}
