import { readFileSync } from "node:fs";

/** What one event of a TensorBoard file says, read by a parser of its own from the format's description. */
export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly version?: string;
  /** `SessionLog.START`. */
  readonly restart: boolean;
  readonly scalars: Readonly<Record<string, number>>;
  readonly texts: Readonly<Record<string, string>>;
}

type Fields = Map<number, (number | Uint8Array)[]>;

/** CRC-32C bit by bit, masked as TFRecord does it. */
function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  crc ^= 0xffffffffn;
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

/** The fields of a protobuf message by number: varints and fixed numbers as numbers, the rest as bytes. */
function fieldsOf(bytes: Uint8Array): Fields {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("a varint is cut off");
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return value;
    }
  };
  const take = (count: number): number => {
    at += count;
    if (at > bytes.length) throw new Error("a field is cut off");
    return at - count;
  };
  while (at < bytes.length) {
    const key = varint();
    const type = key & 7;
    const read = (): number | Uint8Array => {
      if (type === 0) return varint();
      if (type === 1) return view.getFloat64(take(8), true);
      if (type === 5) return view.getFloat32(take(4), true);
      if (type !== 2) throw new Error(`wire type ${type}`);
      const length = varint();
      return bytes.subarray(take(length), at);
    };
    const number = Math.floor(key / 8);
    fields.set(number, [...(fields.get(number) ?? []), read()]);
  }
  return fields;
}

const messages = (fields: Fields, number: number): Fields[] =>
  (fields.get(number) ?? []).map((each) => fieldsOf(bytes(each)));
const text = (fields: Fields, number: number): string => Buffer.from(bytes(fields.get(number)?.[0])).toString("utf8");
const number = (fields: Fields, field: number): number => Number(fields.get(field)?.[0] ?? 0);

function bytes(value: number | Uint8Array | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error(`expected bytes, got ${value}`);
}

/** Every event of a file. @throws Error when the framing or a CRC is wrong */
export function readEvents(path: string): ReadEvent[] {
  const file = readFileSync(path);
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    if (file.readUInt32LE(at + 8) !== maskedCrc(file.subarray(at, at + 8)))
      throw new Error(`CRC of the length at ${at}`);
    const data = file.subarray(at + 12, at + 12 + length);
    if (file.readUInt32LE(at + 12 + length) !== maskedCrc(data)) throw new Error(`CRC of the data at ${at + 12}`);
    events.push(eventOf(fieldsOf(data)));
    at += 16 + length;
  }
  return events;
}

function eventOf(event: Fields): ReadEvent {
  const values = messages(event, 5).flatMap((summary) => messages(summary, 1));
  const restart = messages(event, 7).some((log) => number(log, 1) === 1);
  const scalars = values.filter((value) => value.has(2)).map((value) => [text(value, 1), number(value, 2)] as const);
  const texts = values.flatMap((value) =>
    messages(value, 9).some((metadata) => messages(metadata, 1).some((plugin) => text(plugin, 1) === "text"))
      ? messages(value, 8).map((tensor) => [text(value, 1), text(tensor, 8)] as const)
      : [],
  );
  return {
    wallTime: number(event, 1),
    step: number(event, 2),
    ...(event.has(3) && { version: text(event, 3) }),
    restart,
    scalars: Object.fromEntries(scalars),
    texts: Object.fromEntries(texts),
  };
}
