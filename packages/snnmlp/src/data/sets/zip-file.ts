import { open } from "node:fs/promises";
import { promisify } from "node:util";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { DatasetError, explain, ImageError } from "../../file-error.js";
import { maxFileBytes } from "../limits.js";
import { ReadAhead } from "./read-ahead.js";

/** Where a file lies in a zip archive: what its central directory says. */
export interface ZipPlace {
  readonly name: string;
  /** Of the local header, in bytes from the start of the archive. */
  readonly offset: number;
  readonly compressedSize: number;
  readonly size: number;
  /** 0 stored, 8 deflated. */
  readonly method: number;
}

const openArchive = (path: string): Promise<ZipFile> =>
  promisify<string, yauzl.Options, ZipFile>(yauzl.open)(path, { lazyEntries: true, autoClose: false });

const damaged = "the archive is damaged or was not copied to its end: fetch it again";

/**
 * Reads the central directory of a zip archive and checks it against the file.
 *
 * @param wanted called with each file's name; those it refuses are not kept
 * @throws DatasetError when it is missing, no zip archive, encrypted, or shorter than its directory says
 */
export async function readZipDirectory(
  path: string,
  wanted: (name: string) => boolean,
): Promise<Map<string, ZipPlace>> {
  const file = await open(path).catch((cause: unknown) => {
    throw new DatasetError(path, ...explain(cause), { cause });
  });
  const places = new Map<string, ZipPlace>();
  let archive: ZipFile | undefined;
  try {
    const { size } = await file.stat();
    archive = await yauzl.fromRandomAccessReaderPromise(new ReadAhead(file), size, { autoClose: false });
    for await (const entry of archive.eachEntry()) {
      if (entry.fileName.endsWith("/") || !wanted(entry.fileName)) continue;
      places.set(entry.fileName, placeOf(path, entry, size));
    }
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause;
    const [line] = (cause instanceof Error ? cause.message : String(cause)).split("\n", 1);
    throw new DatasetError(path, `cannot be read as a zip archive (${line})`, damaged, { cause });
  } finally {
    if (archive) archive.close();
    else await file.close();
  }
  return places;
}

function placeOf(path: string, entry: Entry, archiveSize: number): ZipPlace {
  const { fileName: name, relativeOffsetOfLocalHeader: offset, compressedSize, uncompressedSize: size } = entry;
  const method = entry.compressionMethod;
  if (entry.isEncrypted()) throw new DatasetError(path, `${name} is encrypted`, "pack it without a password");
  if (method !== 0 && method !== 8) {
    throw new DatasetError(path, `${name} is compressed by method ${method}`, "pack it stored (zip -0) or deflated");
  }
  const end = offset + 30 + compressedSize;
  if (end > archiveSize) {
    throw new DatasetError(path, `${name} ends at byte ${end}, the archive has only ${archiveSize} bytes`, damaged);
  }
  return { name, offset, compressedSize, size, method };
}

/** Random access to the files of one zip archive. */
export class ZipReader {
  #archive: Promise<ZipFile> | undefined;

  constructor(readonly path: string) {}

  /** The bytes of a file. @throws ImageError when it is too large, damaged or not where the directory says */
  async read(place: ZipPlace): Promise<Uint8Array> {
    const where = `${this.path}@/${place.name}`;
    if (place.size > maxFileBytes) {
      throw new ImageError(
        where,
        `unpacks to ${place.size} bytes, more than ${maxFileBytes}`,
        "remove it from the archive",
      );
    }
    try {
      this.#archive ??= openArchive(this.path);
      const archive = await this.#archive;
      const entry = Object.assign(new yauzl.Entry(), {
        fileName: place.name,
        relativeOffsetOfLocalHeader: place.offset,
        compressedSize: place.compressedSize,
        uncompressedSize: place.size,
        compressionMethod: place.method,
        generalPurposeBitFlag: 0,
      });
      const chunks: Uint8Array[] = [];
      for await (const chunk of await archive.openReadStreamPromise(entry)) chunks.push(chunk);
      return Buffer.concat(chunks);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ImageError(where, `cannot be unpacked (${reason})`, damaged, { cause });
    }
  }

  /** Closes the archive; a later read opens it again. */
  async close(): Promise<void> {
    const archive = this.#archive;
    this.#archive = undefined;
    (await archive?.catch(() => undefined))?.close();
  }
}
