import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { DatasetError, explain } from "../file-error.js";

/** An array of bytes as IDX files hold it: row-major, `data.length` is the product of `shape`. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array<ArrayBuffer>;
}

const maxBytes = 2 ** 31;
const unpack = promisify(gunzip);

/**
 * Reads an IDX file of unsigned bytes, the format of MNIST (yann.lecun.com/exdb/mnist), plain or gzipped.
 *
 * @param rank the number of dimensions it must have
 * @throws DatasetError when it is missing, truncated, too long or of another type
 */
export async function readIdx(path: string, rank: number): Promise<IdxArray> {
  const bytes = await readUnpacked(path);
  const fail = (reason: string): never => {
    throw new DatasetError(path, reason, "the file is damaged or not an IDX file of bytes: fetch it again");
  };
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < headerBytes) fail(`truncated: ${bytes.length} bytes, its header alone takes ${headerBytes}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = view.getUint32(0);
  const expected = 0x0800 + rank;
  if (magic !== expected) fail(`magic number ${hex(magic)}, expected ${hex(expected)} (bytes in ${rank} dimensions)`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, length) => product * length, 1);
  const found = bytes.length - headerBytes;
  if (found !== count) {
    fail(`${found < count ? "truncated" : "too long"}: [${shape.join(", ")}] takes ${count} bytes, ${found} are there`);
  }
  return { shape, data: bytes.subarray(headerBytes) };
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, "0")}`;

async function readUnpacked(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const bytes = await readFile(path);
    const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return new Uint8Array(gzipped ? await unpack(bytes, { maxOutputLength: maxBytes }) : bytes);
  } catch (cause) {
    throw new DatasetError(path, ...explain(cause), { cause });
  }
}
