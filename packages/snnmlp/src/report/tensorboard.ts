import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { explain, FileError } from "../file-error.js";
import { maskedCrc32c } from "./crc32c.js";
import { type EventHeader, restartEvent, scalarsEvent, textEvent, versionEvent } from "./event-messages.js";

/** Writers this process has made: a part of the file's name, so that two of one second do not collide. */
let writers = 0;

/**
 * A TensorBoard event file in a run's folder, `events.out.tfevents.SECONDS.HOST.PID.N`: TFRecords of `Event` messages
 * (tensorflow/core/lib/io/record_writer.h, core/util/event.proto). Each event is in the file when its call returns.
 *
 * ```ts
 * using board = new TensorBoardWriter("runs/nano");
 * board.scalars(1, { "train/loss": 2.3, "train/lr": 1e-3 });
 * ```
 */
export class TensorBoardWriter {
  readonly path: string;
  readonly #file: number;

  /**
   * @param from updates already made when a run goes on: TensorBoard then forgets what earlier files say of later ones
   * @throws FileError when the file cannot be made
   */
  constructor(folder: string, { from = 0 }: { readonly from?: number } = {}) {
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, "0");
    const host = hostname().replace(/[^\w.-]/g, "_");
    this.path = join(folder, `events.out.tfevents.${seconds}.${host}.${process.pid}.${writers++}`);
    try {
      mkdirSync(folder, { recursive: true });
      this.#file = openSync(this.path, "ax");
    } catch (cause) {
      throw new FileError(this.path, ...explain(cause), { cause });
    }
    this.#write(versionEvent({ wallTime: now() }));
    if (from > 0) this.#write(restartEvent(at(from + 1)));
  }

  /** Writes values of one update; those that are undefined are left out. A tag's part before `/` is its group. */
  scalars(step: number, values: Readonly<Record<string, number | undefined>>): void {
    const given = Object.entries(values).flatMap(([tag, value]) =>
      value === undefined ? [] : [[tag, value] as const],
    );
    if (given.length > 0) this.#write(scalarsEvent(at(step), new Map(given)));
  }

  /** Writes Markdown for TensorBoard's Text tab. */
  text(step: number, tag: string, markdown: string): void {
    this.#write(textEvent(at(step), tag, markdown));
  }

  /** A TFRecord: length (8 bytes), its masked CRC-32C (4), data, the data's masked CRC-32C (4); little-endian. */
  #write(data: Uint8Array): void {
    const record = new Uint8Array(data.length + 16);
    const view = new DataView(record.buffer);
    view.setBigUint64(0, BigInt(data.length), true);
    view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
    record.set(data, 12);
    view.setUint32(12 + data.length, maskedCrc32c(data), true);
    writeSync(this.#file, record);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

const now = (): number => Date.now() / 1000;

const at = (step: number): Required<EventHeader> => ({ wallTime: now(), step });
