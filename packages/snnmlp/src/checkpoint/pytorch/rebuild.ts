import type { Fail } from "./bytes.js";
import { dtypeNamed, type ElementType, storageType } from "./element.js";
import { kindOf, PickleClass, type PickleValue, StorageRef, TensorRef } from "./values.js";

type Args = readonly PickleValue[];

/** More dimensions than PyTorch itself allows. */
const mostDimensions = 64;

/** `_rebuild_tensor_v2(storage, offset, size, stride, ...)`: a tensor of its storage's type. */
export function rebuildTensor([storage = null, ...view]: Args, fail: Fail): TensorRef {
  if (!(storage instanceof StorageRef)) return fail(`makes a tensor of a ${kindOf(storage)}, not of a storage`);
  return viewOf(storage, storage.type, view, fail);
}

/** `_rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype, ...)`: a tensor of an untyped storage. */
export function rebuildTyped([storage = null, ...view]: Args, fail: Fail): TensorRef {
  const dtype = view[5] instanceof PickleClass ? dtypeNamed(view[5].name) : undefined;
  if (!(storage instanceof StorageRef) || !dtype) {
    return fail(`makes a tensor of a ${kindOf(storage)} and ${kindOf(view[5])}, which is not read`);
  }
  return viewOf(storage, dtype, view, fail);
}

/** Checks that the last element of the view lies in the storage. */
function viewOf(storage: StorageRef, type: ElementType, [offset, size, stride]: Args, fail: Fail): TensorRef {
  const shape = wholeNumbers(size, "sizes", fail);
  const steps = wholeNumbers(stride, "strides", fail);
  const [start] = wholeNumbers([offset ?? null], "an offset", fail);
  if (start === undefined || shape.length !== steps.length) {
    return fail(`makes a tensor of ${shape.length} sizes and ${steps.length} strides`);
  }
  const empty = shape.includes(0);
  const last = shape.reduce((sum, length, axis) => sum + (length - 1) * (steps[axis] ?? 0), start);
  const available = (storage.elements * storage.type.bytes) / type.bytes;
  if (empty ? start > available : last >= available) {
    const view = `offset ${start}, sizes [${shape.join(", ")}], strides [${steps.join(", ")}]`;
    return fail(`a tensor of ${view} does not lie in its storage of ${available} elements`);
  }
  return new TensorRef(storage, type, start, shape, steps);
}

function wholeNumbers(value: PickleValue | undefined, what: string, fail: Fail): number[] {
  if (!Array.isArray(value) || value.length > mostDimensions) return fail(`a tensor has ${what} of a ${kindOf(value)}`);
  return value.map((part) =>
    typeof part === "number" && Number.isSafeInteger(part) && part >= 0
      ? part
      : fail(`a tensor has ${what} with ${typeof part === "bigint" || typeof part === "number" ? part : kindOf(part)}`),
  );
}

/**
 * The storage that a persistent id `("storage", class, key, location, elements)` names.
 *
 * @param bytesOf bytes of the record with this key, or undefined where there is none
 */
export function storageOf(id: PickleValue, bytesOf: (key: string) => number | undefined, fail: Fail): StorageRef {
  const [kind, cls, key, , elements] = Array.isArray(id) ? id : [];
  if (kind !== "storage" || !(cls instanceof PickleClass) || typeof key !== "string" || typeof elements !== "number") {
    return fail(`refers to a ${kindOf(id)} outside the pickle that is no storage`);
  }
  const type = storageType(cls.name) ?? fail(`has a storage of type ${cls.name}, which is not read`);
  const bytes = bytesOf(key) ?? fail(`refers to storage ${key}, which its archive does not have`);
  if (!Number.isSafeInteger(elements) || elements < 0 || elements * type.bytes > bytes) {
    return fail(
      `storage ${key} should have ${elements} elements of ${type.bytes} bytes, its record has ${bytes} bytes`,
    );
  }
  return new StorageRef(key, type, elements);
}
