import type { Bytes, Fail } from "./bytes.js";
import { PickleClass, type PickleMap, PickleObject, type PickleValue } from "./values.js";

/** What the machine asks of its surroundings. */
export interface PickleHost {
  /** The value of a call the pickle asks for; fails for all but known constructors. */
  readonly call: (callee: PickleValue, args: readonly PickleValue[], fail: Fail) => PickleValue;
  /** The storage that a persistent id names. */
  readonly persistent: (id: PickleValue, fail: Fail) => PickleValue;
}

/** The state of the stack machine that a pickle is a program for. It makes data, and can do nothing else. */
export class Machine {
  /** Values since the last mark. */
  stack: PickleValue[] = [];
  readonly #belowMarks: PickleValue[][] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(
    readonly bytes: Bytes,
    readonly host: PickleHost,
    readonly fail: Fail,
  ) {}

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  pop(): PickleValue {
    const value = this.stack.pop();
    return value === undefined ? this.fail("takes a value from an empty stack") : value;
  }

  top(): PickleValue {
    const value = this.stack.at(-1);
    return value === undefined ? this.fail("looks at an empty stack") : value;
  }

  mark(): void {
    this.#belowMarks.push(this.stack);
    this.stack = [];
  }

  /** Takes everything since the last mark, and the mark. */
  popMark(): PickleValue[] {
    const above = this.stack;
    this.stack = this.#belowMarks.pop() ?? this.fail("looks for a mark that was never set");
    return above;
  }

  memoize(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    this.push(this.#memo.get(index) ?? this.fail(`recalls value ${index}, which was never stored`));
  }

  list(value: PickleValue): PickleValue[] {
    return Array.isArray(value) ? value : this.fail("needs a tuple");
  }

  text(value: PickleValue): string {
    return typeof value === "string" ? value : this.fail("needs a text");
  }

  /** Adds values to the list, set or object on top. */
  extend(values: readonly PickleValue[]): void {
    const target = this.top();
    const list = target instanceof PickleObject ? target.elements : target;
    if (Array.isArray(list)) for (const value of values) list.push(value);
    else if (list instanceof Set) for (const value of values) list.add(value);
    else this.fail("appends to what is no list");
  }

  /** Sets keys and values, in turns, on the dict or object on top. */
  setItems(pairs: readonly PickleValue[]): void {
    const target = this.top();
    const map = target instanceof PickleObject ? target.items : target;
    fill(map instanceof Map ? map : this.fail("sets an entry on what is no dict"), pairs, this.fail);
  }

  dict(pairs: readonly PickleValue[]): void {
    const map: PickleMap = new Map();
    fill(map, pairs, this.fail);
    this.push(map);
  }

  /** What Python would set on the object is kept as data; what is no object has none. */
  build(): void {
    const state = this.pop();
    const target = this.top();
    if (target instanceof PickleObject) target.state = state;
  }

  /** `cls.__new__(cls, ...args)`: an object of any class, as data. */
  instance(cls: PickleValue, args: readonly PickleValue[]): void {
    const name = cls instanceof PickleClass ? cls.name : this.fail("makes an object of what is no class");
    this.push(new PickleObject(name, args));
  }

  call(callee: PickleValue, args: readonly PickleValue[]): void {
    this.push(this.host.call(callee, args, this.fail));
  }

  /** Under which keys the machine is at work, as `config.DATA`, or an empty text; for people, and not to be relied on. */
  place(): string {
    const levels = [...this.#belowMarks, this.stack];
    const keys = levels.map((level, depth) => {
      const target = levels[depth - 1]?.at(-1);
      const isDict = depth === 0 || target instanceof Map || target instanceof PickleObject;
      return isDict ? level.findLast((value) => typeof value === "string") : undefined;
    });
    return keys.filter((key) => typeof key === "string" && /^[\w-]{1,40}$/.test(key)).join(".");
  }

  /** The one value that is left at the end. */
  result(): PickleValue {
    if (this.stack.length !== 1 || this.#belowMarks.length > 0) return this.fail("stops with an unfinished stack");
    return this.pop();
  }
}

function fill(map: PickleMap, pairs: readonly PickleValue[], fail: Fail): void {
  if (pairs.length % 2 === 1) fail("sets a key without a value");
  for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i] ?? null, pairs[i + 1] ?? null);
}
