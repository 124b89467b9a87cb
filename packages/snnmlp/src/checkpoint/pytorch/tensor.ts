import type { StoredTensor } from "../read-safetensors.js";
import type { TensorRef } from "./values.js";

/** Elements of a tensor. */
export const elementsOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** The values of a tensor, row-major whatever its strides. @param storage the bytes of its storage */
export function gather({ type, shape, offset, stride }: TensorRef, storage: Uint8Array<ArrayBuffer>): StoredTensor {
  const count = elementsOf(shape);
  const { bytes } = type;
  const raw = isContiguous(shape, stride)
    ? storage.slice(offset * bytes, (offset + count) * bytes)
    : inOrder(storage, bytes, { count, shape, offset, stride });
  return { dtype: type.dtype, shape, data: type.decode(raw.buffer) };
}

function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 1;
    if (length === 0) return true;
    if (length !== 1 && stride[axis] !== step) return false;
    step *= length;
  }
  return true;
}

interface View {
  readonly count: number;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly stride: readonly number[];
}

/** Walks the view like an odometer: the last index turns fastest, and carries into the one before. */
function inOrder(storage: Uint8Array, bytes: number, { count, shape, offset, stride }: View): Uint8Array<ArrayBuffer> {
  const raw = new Uint8Array(count * bytes);
  const index = shape.map(() => 0);
  let at = offset;
  for (let i = 0; i < count; i++) {
    for (let byte = 0; byte < bytes; byte++) raw[i * bytes + byte] = storage[at * bytes + byte] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [step = 0, length = 1] = [stride[axis], shape[axis]];
      const next = (index[axis] ?? 0) + 1;
      at += step;
      index[axis] = next;
      if (next < length) break;
      at -= step * length;
      index[axis] = 0;
    }
  }
  return raw;
}
