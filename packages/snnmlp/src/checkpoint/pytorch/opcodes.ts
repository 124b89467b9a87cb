import { plain } from "./bytes.js";
import type { Machine } from "./machine.js";
import { PickleClass } from "./values.js";

/** What an opcode does to the machine. */
export type Opcode = (machine: Machine) => void;

/** Modules that Python 3 has renamed; protocol 2 writes the old names. */
const renamed: Readonly<Record<string, string>> = { __builtin__: "builtins", copy_reg: "copyreg" };

const named = (module: string, name: string): PickleClass =>
  new PickleClass(`${Object.hasOwn(renamed, module) ? renamed[module] : module}.${name}`);

/** A string as protocol 0 writes it: quoted, with Python's escapes, which no name of interest has. */
const unquoted = (text: string): string => text.replace(/^(['"])(.*)\1$/s, "$2");

/** Text of a whole number as protocol 0 writes it, `12`, `12L`, and `01` for True. */
function decimal(m: Machine, text: string): boolean | number | bigint {
  if (text === "00" || text === "01") return text === "01";
  if (!/^-?\d{1,600}L?$/.test(text)) return m.fail(`${JSON.stringify(text.slice(0, 40))} is no whole number`);
  return plain(BigInt(text.replace("L", "")));
}

/** Opcodes by byte: those of protocols 0 to 5, but for registered extensions and buffers beside the pickle. */
export const opcodes: ReadonlyMap<number, Opcode> = new Map<number, Opcode>(
  Object.entries<Opcode>({
    // Structure
    "\x80": (m) => {
      const protocol = m.bytes.u8();
      if (protocol > 5) m.fail(`is of protocol ${protocol}, 5 is the newest known`);
    },
    "\x95": (m) => m.bytes.length(), // FRAME: its length says nothing that matters here
    "(": (m) => m.mark(),
    "0": (m) => (m.stack.length > 0 ? m.pop() : m.popMark()),
    "1": (m) => m.popMark(),
    "2": (m) => m.push(m.top()),
    // Memo
    q: (m) => m.memoize(m.bytes.u8()),
    r: (m) => m.memoize(m.bytes.u32()),
    p: (m) => m.memoize(Number(m.bytes.line())),
    "\x94": (m) => m.memoize(),
    h: (m) => m.recall(m.bytes.u8()),
    j: (m) => m.recall(m.bytes.u32()),
    g: (m) => m.recall(Number(m.bytes.line())),
    // Plain values
    N: (m) => m.push(null),
    "\x88": (m) => m.push(true),
    "\x89": (m) => m.push(false),
    J: (m) => m.push(m.bytes.i32()),
    K: (m) => m.push(m.bytes.u8()),
    M: (m) => m.push(m.bytes.u16()),
    I: (m) => m.push(decimal(m, m.bytes.line())),
    L: (m) => m.push(decimal(m, m.bytes.line())),
    "\x8a": (m) => m.push(m.bytes.integer(m.bytes.u8())),
    "\x8b": (m) => m.push(m.bytes.integer(m.bytes.u32())),
    G: (m) => m.push(m.bytes.f64()),
    F: (m) => m.push(Number(m.bytes.line())),
    X: (m) => m.push(m.bytes.text(m.bytes.u32())),
    "\x8c": (m) => m.push(m.bytes.text(m.bytes.u8())),
    "\x8d": (m) => m.push(m.bytes.text(m.bytes.length())),
    V: (m) => m.push(m.bytes.line()),
    S: (m) => m.push(unquoted(m.bytes.line())),
    T: (m) => m.push(m.bytes.text(m.bytes.u32())),
    U: (m) => m.push(m.bytes.text(m.bytes.u8())),
    B: (m) => m.push(m.bytes.take(m.bytes.u32())),
    C: (m) => m.push(m.bytes.take(m.bytes.u8())),
    "\x8e": (m) => m.push(m.bytes.take(m.bytes.length())),
    "\x96": (m) => m.push(m.bytes.take(m.bytes.length())),
    // Containers
    ")": (m) => m.push([]),
    t: (m) => m.push(m.popMark()),
    "\x85": (m) => m.push([m.pop()]),
    "\x86": (m) => m.push([m.pop(), m.pop()].reverse()),
    "\x87": (m) => m.push([m.pop(), m.pop(), m.pop()].reverse()),
    "]": (m) => m.push([]),
    l: (m) => m.push(m.popMark()),
    a: (m) => m.extend([m.pop()]),
    e: (m) => m.extend(m.popMark()),
    "}": (m) => m.push(new Map()),
    d: (m) => m.dict(m.popMark()),
    s: (m) => m.setItems([m.pop(), m.pop()].reverse()),
    u: (m) => m.setItems(m.popMark()),
    "\x8f": (m) => m.push(new Set()),
    "\x90": (m) => m.extend(m.popMark()),
    "\x91": (m) => m.push(new Set(m.popMark())),
    // Classes, objects, calls
    c: (m) => m.push(named(m.bytes.line(), m.bytes.line())),
    "\x93": (m) => {
      const name = m.text(m.pop());
      m.push(named(m.text(m.pop()), name));
    },
    R: (m) => {
      const args = m.list(m.pop());
      m.call(m.pop(), args);
    },
    i: (m) => m.call(named(m.bytes.line(), m.bytes.line()), m.popMark()),
    o: (m) => {
      const [callee = null, ...args] = m.popMark();
      m.call(callee, args);
    },
    "\x81": (m) => {
      const args = m.list(m.pop());
      m.instance(m.pop(), args);
    },
    "\x92": (m) => {
      const keywords = m.pop();
      const args = m.pop();
      m.instance(m.pop(), [args, keywords]);
    },
    b: (m) => m.build(),
    P: (m) => m.push(m.host.persistent(m.bytes.line(), m.fail)),
    Q: (m) => m.push(m.host.persistent(m.pop(), m.fail)),
  }).map(([character, opcode]) => [character.charCodeAt(0), opcode]),
);
