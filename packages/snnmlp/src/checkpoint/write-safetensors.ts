import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { explain, SafetensorsError } from "../file-error.js";
import { bytesOf, type SafetensorsDType, type TensorData } from "./dtype.js";

/** A tensor to write: the array's type is the type in the file. */
export interface TensorToStore {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/**
 * Writes a safetensors file so that `path` holds the old content or the whole new one at any moment, even across a crash:
 * a temporary file beside it, flushed, then renamed, then the folder flushed. Missing folders are made.
 *
 * @throws SafetensorsError when a shape does not match its data or the disk refuses; `path` is then untouched
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, TensorToStore>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`);
  const ordered = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const header = encodeHeader(path, ordered, metadata);
  try {
    await mkdir(folder, { recursive: true });
    try {
      await writeAndFlush(temporary, [header, ...ordered.map(([, { data }]) => data)]);
      await rename(temporary, path);
    } catch (cause) {
      await rm(temporary, { force: true });
      throw cause;
    }
    const handle = await open(folder, "r");
    await handle.sync().finally(() => handle.close());
  } catch (cause) {
    if (cause instanceof SafetensorsError) throw cause;
    throw new SafetensorsError(path, ...explain(cause), { cause });
  }
}

function encodeHeader(
  path: string,
  tensors: readonly (readonly [string, TensorToStore])[],
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  const entries: [string, unknown][] = metadata.size > 0 ? [["__metadata__", Object.fromEntries(metadata)]] : [];
  let begin = 0;
  for (const [name, { shape, data }] of tensors) {
    const dtype = dtypeOf(data);
    const end = begin + shape.reduce((product, length) => product * length, bytesOf[dtype]);
    if (end - begin !== data.byteLength || name === "__metadata__") {
      const reason = `tensor ${JSON.stringify(name)} of shape [${shape.join(", ")}] comes with ${data.length} values`;
      throw new SafetensorsError(
        path,
        reason,
        "pass as many values as the shape has elements, under a name of its own",
      );
    }
    entries.push([name, { dtype, shape, data_offsets: [begin, end] }]);
    begin = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  // Spaces after the JSON put the first tensor on a multiple of 8, so that readers may map it in place.
  const header = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(json, 8);
  return header;
}

/** The type that values are written as. */
export function dtypeOf(data: TensorData): SafetensorsDType {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Int32Array) return "I32";
  return data instanceof BigInt64Array ? "I64" : "U8";
}

async function writeAndFlush(path: string, parts: readonly (Uint8Array | TensorData)[]): Promise<void> {
  const file: FileHandle = await open(path, "wx");
  try {
    for (const part of parts) await writeAll(file, new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, Math.min(bytes.length - done, 1 << 30))).bytesWritten;
  }
}
