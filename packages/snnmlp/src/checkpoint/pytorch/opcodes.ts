import { plain } from "./bytes.js";
import type { Machine } from "./machine.js";
import { named } from "./python-names.js";

/** What an opcode does to the machine. */
export type Opcode = (machine: Machine) => void;

/** A string as protocol 0 writes it: quoted, with Python's escapes, which no name of interest has. */
const unquoted = (text: string): string => text.replace(/^(['"])(.*)\1$/s, "$2");

/** Text of a whole number as protocol 0 writes it, `12`, `12L`, and `01` for True. */
function decimal(m: Machine, text: string): boolean | number | bigint {
  if (text === "00" || text === "01") return text === "01";
  if (!/^-?\d{1,600}L?$/.test(text)) return m.fail(`${JSON.stringify(text.slice(0, 40))} is no whole number`);
  return plain(BigInt(text.replace("L", "")));
}

/**
 * Opcodes by byte, called as in Python's `pickletools`: those of protocols 0 to 5, but for registered extensions and
 * buffers beside the pickle.
 */
export const opcodes: ReadonlyMap<number, Opcode> = new Map<number, Opcode>(
  Object.values<readonly [character: string, run: Opcode]>({
    // Structure
    PROTO: [
      "\x80",
      (m) => {
        const protocol = m.bytes.u8();
        if (protocol > 5) m.fail(`is of protocol ${protocol}, 5 is the newest known`);
      },
    ],
    FRAME: ["\x95", (m) => m.bytes.length()], // its length says nothing that matters here
    MARK: ["(", (m) => m.mark()],
    POP: ["0", (m) => (m.stack.length > 0 ? m.pop() : m.popMark())],
    POP_MARK: ["1", (m) => m.popMark()],
    DUP: ["2", (m) => m.push(m.top())],
    // Memo
    BINPUT: ["q", (m) => m.memoize(m.bytes.u8())],
    LONG_BINPUT: ["r", (m) => m.memoize(m.bytes.u32())],
    PUT: ["p", (m) => m.memoize(Number(m.bytes.line()))],
    MEMOIZE: ["\x94", (m) => m.memoize()],
    BINGET: ["h", (m) => m.recall(m.bytes.u8())],
    LONG_BINGET: ["j", (m) => m.recall(m.bytes.u32())],
    GET: ["g", (m) => m.recall(Number(m.bytes.line()))],
    // Plain values
    NONE: ["N", (m) => m.push(null)],
    NEWTRUE: ["\x88", (m) => m.push(true)],
    NEWFALSE: ["\x89", (m) => m.push(false)],
    BININT: ["J", (m) => m.push(m.bytes.i32())],
    BININT1: ["K", (m) => m.push(m.bytes.u8())],
    BININT2: ["M", (m) => m.push(m.bytes.u16())],
    INT: ["I", (m) => m.push(decimal(m, m.bytes.line()))],
    LONG: ["L", (m) => m.push(decimal(m, m.bytes.line()))],
    LONG1: ["\x8a", (m) => m.push(m.bytes.integer(m.bytes.u8()))],
    LONG4: ["\x8b", (m) => m.push(m.bytes.integer(m.bytes.u32()))],
    BINFLOAT: ["G", (m) => m.push(m.bytes.f64())],
    FLOAT: ["F", (m) => m.push(Number(m.bytes.line()))],
    BINUNICODE: ["X", (m) => m.push(m.bytes.text(m.bytes.u32()))],
    SHORT_BINUNICODE: ["\x8c", (m) => m.push(m.bytes.text(m.bytes.u8()))],
    BINUNICODE8: ["\x8d", (m) => m.push(m.bytes.text(m.bytes.length()))],
    UNICODE: ["V", (m) => m.push(m.bytes.line())],
    STRING: ["S", (m) => m.push(unquoted(m.bytes.line()))],
    BINSTRING: ["T", (m) => m.push(m.bytes.text(m.bytes.u32()))],
    SHORT_BINSTRING: ["U", (m) => m.push(m.bytes.text(m.bytes.u8()))],
    BINBYTES: ["B", (m) => m.push(m.bytes.take(m.bytes.u32()))],
    SHORT_BINBYTES: ["C", (m) => m.push(m.bytes.take(m.bytes.u8()))],
    BINBYTES8: ["\x8e", (m) => m.push(m.bytes.take(m.bytes.length()))],
    BYTEARRAY8: ["\x96", (m) => m.push(m.bytes.take(m.bytes.length()))],
    // Containers
    EMPTY_TUPLE: [")", (m) => m.push([])],
    TUPLE: ["t", (m) => m.push(m.popMark())],
    TUPLE1: ["\x85", (m) => m.push([m.pop()])],
    TUPLE2: ["\x86", (m) => m.push([m.pop(), m.pop()].reverse())],
    TUPLE3: ["\x87", (m) => m.push([m.pop(), m.pop(), m.pop()].reverse())],
    EMPTY_LIST: ["]", (m) => m.push([])],
    LIST: ["l", (m) => m.push(m.popMark())],
    APPEND: ["a", (m) => m.extend([m.pop()])],
    APPENDS: ["e", (m) => m.extend(m.popMark())],
    EMPTY_DICT: ["}", (m) => m.push(new Map())],
    DICT: ["d", (m) => m.dict(m.popMark())],
    SETITEM: ["s", (m) => m.setItems([m.pop(), m.pop()].reverse())],
    SETITEMS: ["u", (m) => m.setItems(m.popMark())],
    EMPTY_SET: ["\x8f", (m) => m.push(new Set())],
    ADDITEMS: ["\x90", (m) => m.extend(m.popMark())],
    FROZENSET: ["\x91", (m) => m.push(new Set(m.popMark()))],
    // Classes, objects, calls
    GLOBAL: ["c", (m) => m.push(named(m.bytes.line(), m.bytes.line()))],
    STACK_GLOBAL: [
      "\x93",
      (m) => {
        const name = m.text(m.pop());
        m.push(named(m.text(m.pop()), name));
      },
    ],
    REDUCE: [
      "R",
      (m) => {
        const args = m.list(m.pop());
        m.call(m.pop(), args);
      },
    ],
    INST: ["i", (m) => m.call(named(m.bytes.line(), m.bytes.line()), m.popMark())],
    OBJ: [
      "o",
      (m) => {
        const [callee = null, ...args] = m.popMark();
        m.call(callee, args);
      },
    ],
    NEWOBJ: [
      "\x81",
      (m) => {
        const args = m.list(m.pop());
        m.instance(m.pop(), args);
      },
    ],
    NEWOBJ_EX: [
      "\x92",
      (m) => {
        const keywords = m.pop();
        const args = m.pop();
        m.instance(m.pop(), [args, keywords]);
      },
    ],
    BUILD: ["b", (m) => m.build()],
    PERSID: ["P", (m) => m.push(m.host.persistent(m.bytes.line(), m.fail))],
    BINPERSID: ["Q", (m) => m.push(m.host.persistent(m.pop(), m.fail))],
  }).map(([character, run]) => [character.charCodeAt(0), run]),
);
