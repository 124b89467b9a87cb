import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** What a training run reports of one update. */
export interface StepMetrics {
  /** Number of the update, from 1. */
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly learningRate: number;
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

  /** @param append keeps the lines of the run that is continued */
  constructor(path: string, { append }: { readonly append: boolean }) {
    mkdirSync(dirname(path), { recursive: true });
    this.path = path;
    this.#file = openSync(path, append ? "a" : "w");
  }

  write(metrics: StepMetrics | Readonly<Record<string, unknown>>): void {
    writeSync(this.#file, `${JSON.stringify(metrics)}\n`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}
