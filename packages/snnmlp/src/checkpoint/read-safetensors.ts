import { type FileHandle, open } from "node:fs/promises";
import { explain, SafetensorsError } from "../file-error.js";
import { decode, type SafetensorsDType, type TensorData } from "./dtype.js";
import { parseHeader } from "./header.js";

/** One tensor of a file: `data` holds the product of `shape` elements in row-major order. */
export interface StoredTensor {
  /** The type in the file; F16 and BF16 arrive widened to f32. */
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** A whole safetensors file in memory. */
export interface Safetensors {
  readonly path: string;
  /** The strings under `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** What the format's own library accepts at most. */
const maxHeaderBytes = 100_000_000;

/**
 * Reads a safetensors file: once, into one buffer that the tensors are views of.
 *
 * No size that the file claims is believed before it is checked against the file's own, so a damaged file costs no memory.
 * @throws SafetensorsError with path, reason and fix
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  try {
    const file = await open(path, "r");
    return await readAll(path, file).finally(() => file.close());
  } catch (cause) {
    if (cause instanceof SafetensorsError) throw cause;
    throw new SafetensorsError(path, ...explain(cause), { cause });
  }
}

async function readAll(path: string, file: FileHandle): Promise<Safetensors> {
  const { size } = await file.stat();
  const headerBytes = await readHeaderSize(path, file, size);
  const json = new Uint8Array(await readExactly(path, file, 8, headerBytes));
  const bodyBytes = size - 8 - headerBytes;
  const { metadata, entries } = parseHeader(path, json, bodyBytes);
  const body = await readExactly(path, file, 8 + headerBytes, bodyBytes);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin } of entries) {
    const count = shape.reduce((product, length) => product * length, 1);
    const data = decode(dtype, body, begin, count);
    if (dtype === "BOOL" && data.some((value: number | bigint) => value > 1)) {
      throw new SafetensorsError(path, `BOOL tensor ${JSON.stringify(name)} holds a byte that is not 0 or 1`, damaged);
    }
    tensors.set(name, { dtype, shape, data });
  }
  return { path, metadata, tensors };
}

const damaged = "the file is damaged: fetch or save it again";

async function readHeaderSize(path: string, file: FileHandle, fileBytes: number): Promise<number> {
  const foreign = "check that this is a safetensors file and that all of it was copied";
  if (fileBytes < 10) throw new SafetensorsError(path, `too short, ${fileBytes} bytes`, foreign);
  const claimed = new DataView(await readExactly(path, file, 0, 8)).getBigUint64(0, true);
  if (claimed > BigInt(fileBytes - 8)) {
    const reason = `its header claims ${claimed} bytes, ${fileBytes - 8} follow`;
    throw new SafetensorsError(path, reason, foreign);
  }
  if (claimed > BigInt(maxHeaderBytes)) {
    throw new SafetensorsError(path, `its header of ${claimed} bytes is above the format's ${maxHeaderBytes}`, foreign);
  }
  return Number(claimed);
}

/** Bytes `start` to `start + length`, or an error where the file ends before. */
async function readExactly(path: string, file: FileHandle, start: number, length: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 1 << 30), start + done);
    if (bytesRead === 0) throw new SafetensorsError(path, `ends at byte ${start + done} while it is read`, damaged);
    done += bytesRead;
  }
  return bytes.buffer;
}
