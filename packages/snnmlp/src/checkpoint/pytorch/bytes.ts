/** Stops the reading with a reason. */
export type Fail = (reason: string, fix?: string) => never;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** A cursor over a pickle's bytes that never leaves them. */
export class Bytes {
  position = 0;
  readonly #view: DataView;

  constructor(
    private readonly data: Uint8Array,
    private readonly fail: Fail,
  ) {
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** A length of 8 bytes, which must fit into what is left. */
  length(): number {
    const length = this.#view.getBigUint64(this.#advance(8), true);
    return length > this.data.length ? this.#ends(length) : Number(length);
  }

  /** Pickles write floats big-endian. */
  f64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.data.subarray(start, start + length);
  }

  text(length: number): string {
    return utf8.decode(this.take(length));
  }

  /** The text up to the next newline, which is passed over. */
  line(): string {
    const end = this.data.indexOf(10, this.position);
    if (end < 0) return this.#ends("a line");
    const text = this.text(end - this.position);
    this.position = end + 1;
    return text;
  }

  /** A whole number of `length` bytes, two's complement, little-endian. */
  integer(length: number): number | bigint {
    if (length > 255) return this.fail(`a whole number of ${length} bytes`);
    let value = 0n;
    const bytes = this.take(length);
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
    return plain(length === 0 ? 0n : BigInt.asIntN(8 * length, value));
  }

  #advance(length: number): number {
    const start = this.position;
    if (length > this.data.length - start) return this.#ends(length);
    this.position += length;
    return start;
  }

  #ends(wanted: number | bigint | string): never {
    const what = typeof wanted === "string" ? wanted : `${wanted} bytes`;
    return this.fail(`the pickle of ${this.data.length} bytes ends where ${what} should follow`);
  }
}

/** A number where a double can hold it, a bigint beyond. */
export function plain(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
