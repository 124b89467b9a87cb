import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

import type { SkippedUpdate } from "../train/not-finite-policy.js";

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
  /** Over the last ten updates, or those since the last evaluation, checkpoint or look at the LIFs. */
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
    // Renamed into place: a run killed here must not lose the lines of those before it.
    writeFileSync(`${path}.tmp`, kept);
    renameSync(`${path}.tmp`, path);
    this.#file = openSync(path, "a");
  }

  /** Appends one line of JSON at once, so that a stopped run keeps what it has. */
  write(metrics: StepMetrics | Readonly<Record<string, unknown>>): void {
    writeSync(this.#file, `${JSON.stringify(metrics)}\n`);
  }

  /** Waits until the disk has every line, as before a checkpoint that is younger than they are. */
  sync(): void {
    fsyncSync(this.#file);
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

/** What the lines of a run that goes on say of it. */
export interface EarlierMetrics {
  /** Updates since the last epoch that was summed up, with those left out. */
  readonly openEpoch: readonly (StepMetrics | SkippedUpdate)[];
  /** Highest top-1 of its evaluations; -1 where there was none. */
  readonly best: number;
}

/**
 * Reads what a run reported of the updates up to `last`: with it, a run that goes on from there ends its epoch, and knows
 * its best model, as if it had never stopped.
 */
export function earlierMetrics(path: string, last: number): EarlierMetrics {
  const text = last > 0 && existsSync(path) ? linesUpTo(readFileSync(path, "utf8"), last) : "";
  let openEpoch: (StepMetrics | SkippedUpdate)[] = [];
  let best = -1;
  for (const line of text.split("\n").slice(0, -1)) {
    const metrics: (StepMetrics | SkippedUpdate) & { trainLoss?: number; evaluation?: { top1: number } } =
      JSON.parse(line);
    if (metrics.trainLoss !== undefined) openEpoch = [];
    else if ("loss" in metrics || "skipped" in metrics) openEpoch.push(metrics);
    best = Math.max(best, metrics.evaluation?.top1 ?? -1);
  }
  return { openEpoch, best };
}
