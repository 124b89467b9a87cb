import type { ElementType } from "./element.js";

/** What a pickle can hold here: plain data, tensors that are not read yet, and objects as inert data. Tuples are lists. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleMap
  | Set<PickleValue>
  | PickleClass
  | PickleObject
  | StorageRef
  | TensorRef;

/** A Python dict, whatever its keys. */
export type PickleMap = Map<PickleValue, PickleValue>;

/** The name of a Python class or function, as `torch.FloatStorage`; nothing is ever imported. */
export class PickleClass {
  constructor(readonly name: string) {}
}

/** An object of any class, as data: what it was made from and what would have been set on it. */
export class PickleObject {
  readonly items: PickleMap = new Map();
  readonly elements: PickleValue[] = [];
  state: PickleValue = null;

  constructor(
    readonly className: string,
    readonly args: readonly PickleValue[] = [],
  ) {}
}

/** A record of the archive that holds `elements` values. */
export class StorageRef {
  constructor(
    readonly key: string,
    readonly type: ElementType,
    readonly elements: number,
  ) {}
}

/** A view of a storage: offset and strides count elements of `type`. */
export class TensorRef {
  constructor(
    readonly storage: StorageRef,
    readonly type: ElementType,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {}
}

/** The attributes of an object or the entries of a dict (a `CfgNode` is a dict with a class), or undefined for anything else. */
export function fieldsOf(value: PickleValue | undefined): PickleMap | undefined {
  if (value instanceof Map) return value;
  if (!(value instanceof PickleObject)) return undefined;
  if (value.items.size > 0) return value.items;
  const state = Array.isArray(value.state) ? value.state[0] : value.state;
  return state instanceof Map ? state : value.items;
}

/** How a value is called in an error: `list`, `dict`, `tensor`, or the class of an object. */
export function kindOf(value: PickleValue | undefined): string {
  if (value === null || value === undefined) return "None";
  if (Array.isArray(value)) return "list";
  if (value instanceof Map) return "dict";
  if (value instanceof Set) return "set";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof PickleClass) return `class ${value.name}`;
  if (value instanceof PickleObject) return `object of ${value.className}`;
  if (value instanceof StorageRef) return "storage";
  return value instanceof TensorRef ? "tensor" : typeof value;
}
