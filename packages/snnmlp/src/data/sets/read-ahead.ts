import type { FileHandle } from "node:fs/promises";
import { RandomAccessReader } from "yauzl";

const chunkBytes = 2 ** 20;

/** Reads a file in large pieces, because a zip archive's directory is asked for in pieces of 50 bytes, millions of them. */
export class ReadAhead extends RandomAccessReader {
  #chunk = Buffer.alloc(0);
  #start = 0;
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    super();
    this.#file = file;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    const skip = position - this.#start;
    if (skip >= 0 && skip + length <= this.#chunk.length) {
      callback(null, this.#chunk.copy(buffer, offset, skip, skip + length));
      return;
    }
    const chunk = Buffer.alloc(Math.max(chunkBytes, length));
    this.#file.read(chunk, 0, chunk.length, position).then(({ bytesRead }) => {
      this.#chunk = chunk.subarray(0, bytesRead);
      this.#start = position;
      callback(null, this.#chunk.copy(buffer, offset, 0, length));
    }, callback);
  }

  override close(callback: (error: Error | null) => void): void {
    this.#file.close().then(() => callback(null), callback);
  }
}
