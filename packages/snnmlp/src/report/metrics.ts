import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** What a training run reports of one update. */
export interface StepMetrics {
  /** Number of the update, from 1. */
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Of tau and Vth; 0 until they learn. */
  readonly lifLearningRate: number;
  /** Over all parameters, before clipping. */
  readonly gradientNorm: number;
  /** Since the last line. */
  readonly imagesPerSecond: number;
  /** Since the start. */
  readonly seconds: number;
}

/** A file with one JSON object a line, each on disk as soon as it is written, so that a crash loses none. */
export class MetricsFile {
  readonly path: string;
  readonly #file: number;

  /** @param keep lines of updates up to this one stay, as when a run goes on from there; default none */
  constructor(path: string, { keep = 0 }: { readonly keep?: number } = {}) {
    mkdirSync(dirname(path), { recursive: true });
    this.path = path;
    const kept = keep > 0 && existsSync(path) ? linesUpTo(readFileSync(path, "utf8"), keep) : "";
    writeFileSync(path, kept);
    this.#file = openSync(path, "a");
  }

  /** Appends one line of JSON at once, so that a stopped run keeps what it has. */
  write(metrics: StepMetrics | Readonly<Record<string, unknown>>): void {
    writeSync(this.#file, `${JSON.stringify(metrics)}\n`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

/** The whole lines of updates up to `last`; a line that a crash cut off is none. */
function linesUpTo(text: string, last: number): string {
  const lines = text.split("\n").slice(0, -1);
  return lines
    .filter((line) => Number(/^\{"step":(\d+),/.exec(line)?.[1] ?? Number.NaN) <= last)
    .map((line) => `${line}\n`)
    .join("");
}
