/**
 * Just enough of WebAssembly's binary format to write a few vector loops: an expression is the bytes of its code, functions
 * take and return i32, and there is one memory. Opcodes: webassembly.github.io/spec/core/appendix/index-instructions.html
 */
export type Code = readonly number[];

/** A function by what it does: names of its i32 parameters, of its i32 and v128 locals, and its body. */
export interface WasmFunction {
  readonly name: string;
  readonly params: number;
  /** i32 locals; their indices follow the parameters'. */
  readonly ints: number;
  /** v128 locals; their indices follow the i32 locals'. */
  readonly vectors: number;
  readonly body: Code;
}

const i32Type = 0x7f;
const v128Type = 0x7b;

function unsigned(value: number): Code {
  const low = value & 0x7f;
  const rest = value >>> 7;
  return rest === 0 ? [low] : [low | 0x80, ...unsigned(rest)];
}

function signed(value: number): Code {
  const low = value & 0x7f;
  const rest = value >> 7;
  const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return done ? [low] : [low | 0x80, ...signed(rest)];
}

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const int = (value: number): Code => [0x41, ...signed(value)];
export const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
export const multiply = (a: Code, b: Code): Code => [...a, ...b, 0x6c];
export const below = (a: Code, b: Code): Code => [...a, ...b, 0x49];
export const loadInt = (address: Code): Code => [...address, 0x28, 2, 0];

/** Runs `body`, and again while `condition` holds. */
export const repeatWhile = (body: Code, condition: Code): Code => [0x03, 0x40, ...body, ...condition, 0x0d, 0, 0x0b];

const vector = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
const memory = (opcode: number, offset: number): Code => [...vector(opcode), 0, ...unsigned(offset)];

/** Instructions on 128 bits; loads and stores need no alignment. */
export const v128 = {
  load: (address: Code, offset = 0): Code => [...address, ...memory(0x00, offset)],
  /** One i32 into all four lanes. */
  loadSplat: (address: Code, offset = 0): Code => [...address, ...memory(0x09, offset)],
  /** Four bytes, the rest 0. */
  loadFour: (address: Code): Code => [...address, ...memory(0x5c, 0)],
  store: (address: Code, value: Code): Code => [...address, ...value, ...memory(0x0b, 0)],
  /** The lowest four bytes. */
  storeFour: (address: Code, value: Code): Code => [...address, ...value, ...memory(0x5a, 0), 0],
  bytes: (values: readonly number[]): Code => [...vector(0x0c), ...values],
  splat: (value: Code): Code => [...value, ...vector(0x11)],
  /** Byte i of the result is byte `order[i]` of the value, or 0 where that is past 15. */
  swizzle: (value: Code, order: Code): Code => [...value, ...order, ...vector(0x0e)],
  add: (a: Code, b: Code): Code => [...a, ...b, ...vector(0xae)],
  multiply: (a: Code, b: Code): Code => [...a, ...b, ...vector(0xb5)],
  shiftRight: (value: Code, bits: number): Code => [...value, ...int(bits), ...vector(0xac)],
  /** Two times four i32 to eight i16, cut off at their ends. */
  narrowInts: (a: Code, b: Code): Code => [...a, ...b, ...vector(0x85)],
  /** Two times eight i16 to sixteen bytes, cut off at 0 and 255. */
  narrowShorts: (a: Code, b: Code): Code => [...a, ...b, ...vector(0x66)],
};

const section = (id: number, items: readonly Code[]): Code => {
  const content = [...unsigned(items.length), ...items.flat()];
  return [id, ...unsigned(content.length), ...content];
};
const text = (value: string): Code => [...unsigned(value.length), ...Buffer.from(value, "ascii")];

/** The module that exports `memory` and the functions. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ params }) => [0x60, ...unsigned(params), ...Array(params).fill(i32Type), 0]);
  const bodies = functions.map(({ ints, vectors, body }) => {
    const code = [2, ...unsigned(ints), i32Type, ...unsigned(vectors), v128Type, ...body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  const exports = functions.map(({ name }, i) => [...text(name), 0, ...unsigned(i)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(
      3,
      functions.map((_, i) => unsigned(i)),
    ),
    ...section(5, [[0, 1]]),
    ...section(7, [[...text("memory"), 2, 0], ...exports]),
    ...section(10, bodies),
  ]);
}
