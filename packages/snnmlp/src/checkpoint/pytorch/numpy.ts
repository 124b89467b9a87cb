import { halfToFloat } from "../dtype.js";
import { type Fail, plain } from "./bytes.js";
import { kindOf, PickleObject, type PickleValue } from "./values.js";

/**
 * The number in a pickled NumPy scalar, as `numpy.float64(81.9)`.
 *
 * @param args dtype (an object whose first argument is a code like `f8` and whose state names the byte order), bytes
 */
export function numpyScalar([dtype = null, bytes = null]: readonly PickleValue[], fail: Fail): PickleValue {
  if (!(dtype instanceof PickleObject)) return fail(`makes a NumPy scalar of a ${kindOf(dtype)}`);
  const code = String(dtype.args[0]).replace(/^[<>|=]/, "");
  if (!(bytes instanceof Uint8Array) || bytes.length !== Number(code.slice(1))) {
    return new PickleObject("numpy.scalar", [dtype, bytes]);
  }
  const order = Array.isArray(dtype.state) ? dtype.state[1] : "<";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readers[code];
  return read ? read(view, order !== ">") : new PickleObject("numpy.scalar", [dtype, bytes]);
}

const readers: Readonly<Record<string, (view: DataView, little: boolean) => PickleValue>> = {
  f8: (view, little) => view.getFloat64(0, little),
  f4: (view, little) => view.getFloat32(0, little),
  f2: (view, little) => halfToFloat(view.getUint16(0, little)),
  i8: (view, little) => plain(view.getBigInt64(0, little)),
  u8: (view, little) => plain(view.getBigUint64(0, little)),
  i4: (view, little) => view.getInt32(0, little),
  u4: (view, little) => view.getUint32(0, little),
  i2: (view, little) => view.getInt16(0, little),
  u2: (view, little) => view.getUint16(0, little),
  i1: (view) => view.getInt8(0),
  u1: (view) => view.getUint8(0),
  b1: (view) => view.getUint8(0) !== 0,
};
