/// <reference types="node" preserve="true" />

import { SingleBar } from "cli-progress";

/** What is shown of a running loop. */
export interface ProgressState {
  /** Steps done. */
  readonly step: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
  readonly loss?: number;
  /** Where in the run, as `epoch 3/300`. */
  readonly epoch?: string | undefined;
}

/** A progress bar on a terminal; elsewhere a plain line every `secondsBetweenLines` and at the end. */
export class Progress {
  readonly #bar: SingleBar | undefined;
  readonly #stream: NodeJS.WriteStream;
  readonly #label: string;
  readonly #total: number;
  #lastLine = Number.NEGATIVE_INFINITY;

  constructor(label: string, total: number, stream: NodeJS.WriteStream = process.stderr) {
    this.#label = label;
    this.#total = total;
    this.#stream = stream;
    if (!stream.isTTY) return;
    this.#bar = new SingleBar({
      stream,
      format: `${label} {bar} {percentage}% | {value}/{total} | {details}`,
      hideCursor: true,
      clearOnComplete: false,
      fps: 10,
    });
    this.#bar.start(total, 0, { details: "starting" });
  }

  /** Shows a state; on what is no terminal, at most every `secondsBetweenLines`. */
  update(state: ProgressState): void {
    const details = describe(state);
    if (this.#bar) {
      this.#bar.update(state.step, { details });
      return;
    }
    const now = performance.now() / 1000;
    if (state.step < this.#total && now - this.#lastLine < secondsBetweenLines) return;
    this.#lastLine = now;
    this.#stream.write(`${this.#label} ${state.step}/${this.#total} | ${details}\n`);
  }

  [Symbol.dispose](): void {
    this.#bar?.stop();
  }
}

const secondsBetweenLines = 5;

function describe({ epoch, loss, imagesPerSecond, secondsLeft }: ProgressState): string {
  const rate = imagesPerSecond < 10 ? Number(imagesPerSecond.toPrecision(2)) : imagesPerSecond.toFixed(0);
  const where = epoch === undefined ? [] : [epoch];
  const losses = loss === undefined ? [] : [`loss ${loss.toFixed(4)}`];
  return [...where, ...losses, `${rate} images/s`, `${duration(secondsLeft)} left`].join(" | ");
}

/** 75 as 1:15, 3675 as 1:01:15. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
