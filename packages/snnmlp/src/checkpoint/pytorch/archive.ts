import { crc32 } from "node:zlib";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { explain, FileError, PytorchFileError } from "../../file-error.js";

/** An archive may unpack to this many times its own size: compressed weights stay far below, zip bombs far above. */
export const mostUnpacked = 16;
/** An archive, however small, may unpack to this many bytes. */
export const alwaysUnpacked = 1 << 20;

const damaged = "the file is damaged or was not copied whole: fetch or save it again";
const resave = "save it again with torch.save(), which neither compresses nor encrypts";
const [stored, deflated] = [0, 8];

/** The records of a zip file, read one by one; every size is checked against the file's own before memory is taken. */
export class Archive {
  private constructor(
    readonly path: string,
    private readonly zip: ZipFile,
    private readonly records: ReadonlyMap<string, Entry>,
  ) {}

  /** Reads the central directory. @throws PytorchFileError */
  static async open(path: string): Promise<Archive> {
    let zip: ZipFile | undefined;
    try {
      zip = await openPromise(path, { lazyEntries: true, autoClose: false });
      const records = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) {
        if (records.has(entry.fileName)) throw new PytorchFileError(path, `it has two ${entry.fileName}`, damaged);
        records.set(entry.fileName, entry);
      }
      checkSizes(path, zip.fileSize, [...records.values()]);
      return new Archive(path, zip, records);
    } catch (cause) {
      zip?.close();
      throw readable(path, cause);
    }
  }

  /** Bytes of the whole file. */
  get fileBytes(): number {
    return this.zip.fileSize;
  }

  get names(): string[] {
    return [...this.records.keys()];
  }

  /** Unpacked bytes of a record, or undefined where there is none of this name. */
  sizeOf(name: string): number | undefined {
    return this.records.get(name)?.uncompressedSize;
  }

  /** A record's bytes, in a buffer of their own. @throws PytorchFileError when it is missing, cut off or changed */
  async read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.records.get(name);
    if (!entry) throw new PytorchFileError(this.path, `its archive has no ${name}`, damaged);
    const bytes = new Uint8Array(entry.uncompressedSize);
    let done = 0;
    try {
      for await (const chunk of await this.zip.openReadStreamPromise(entry)) {
        if (!(chunk instanceof Uint8Array) || done + chunk.length > bytes.length) break;
        bytes.set(chunk, done);
        done += chunk.length;
      }
    } catch (cause) {
      throw readable(this.path, cause);
    }
    if (done !== bytes.length) {
      throw new PytorchFileError(this.path, `${name} has ${done} bytes, its archive says ${bytes.length}`, damaged);
    }
    if (crc32(bytes) !== entry.crc32) {
      throw new PytorchFileError(this.path, `${name} does not match its checksum`, damaged);
    }
    return bytes;
  }

  close(): void {
    this.zip.close();
  }
}

/** Entries that overlap, or that unpack to much more than the file, are how a few kilobytes become terabytes. */
function checkSizes(path: string, fileBytes: number, entries: readonly Entry[]): void {
  let packed = 0;
  let unpacked = 0;
  for (const { fileName, compressionMethod, compressedSize, uncompressedSize, generalPurposeBitFlag } of entries) {
    if (generalPurposeBitFlag & 1) throw new PytorchFileError(path, `${fileName} is encrypted`, resave);
    if (compressionMethod !== stored && compressionMethod !== deflated) {
      throw new PytorchFileError(path, `${fileName} is compressed by method ${compressionMethod}`, resave);
    }
    packed += compressedSize;
    unpacked += uncompressedSize;
  }
  if (packed > fileBytes) {
    const reason = `its records claim ${packed} bytes, the whole file has ${fileBytes}`;
    throw new PytorchFileError(path, reason, damaged);
  }
  if (unpacked > Math.max(alwaysUnpacked, mostUnpacked * fileBytes)) {
    const reason = `its ${fileBytes} bytes claim to unpack to ${unpacked}, more than ${mostUnpacked} times as much`;
    throw new PytorchFileError(path, reason, resave);
  }
}

function readable(path: string, cause: unknown): FileError {
  if (cause instanceof FileError) return cause;
  const [reason, fix] = explain(cause);
  return new PytorchFileError(path, reason, fix === "check the file" ? damaged : fix, { cause });
}
