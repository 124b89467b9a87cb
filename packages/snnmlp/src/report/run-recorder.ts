import { join } from "node:path";
import type { EpochSummary } from "../train/epoch-meter.js";
import type { Evaluation } from "../train/evaluate.js";
import type { LifFiring } from "../train/firing.js";
import type { SkippedUpdate } from "../train/not-finite-policy.js";
import { lifLabel } from "./lif-label.js";
import { MetricsFile, type StepMetrics } from "./metrics.js";
import { TensorBoardWriter } from "./tensorboard.js";

/** Writes what happens in a run to its folder: each event as a line of metrics.jsonl and to TensorBoard's event file. */
export class RunRecorder {
  readonly #metrics: MetricsFile;
  readonly #board: TensorBoardWriter;

  /**
   * @param from updates already made when a run goes on: what files say of later ones is taken back
   * @param config the resolved settings as YAML, for TensorBoard's Text tab
   * @throws FileError when a file cannot be made
   */
  constructor(folder: string, { from, config }: { readonly from: number; readonly config: string }) {
    this.#metrics = new MetricsFile(join(folder, "metrics.jsonl"), { keep: from });
    this.#board = new TensorBoardWriter(folder, { from });
    if (from === 0) this.#board.text(0, "config", `\`\`\`yaml\n${config}\`\`\``);
  }

  /** Where the lines go. */
  get path(): string {
    return this.#metrics.path;
  }

  /** Records an update. */
  step(metrics: StepMetrics): void {
    this.#metrics.write(metrics);
    const { step, loss, learningRate, lifLearningRate, gradientNorm, imagesPerSecond } = metrics;
    this.#board.scalars(step, {
      "train/loss": loss,
      "train/gradient norm": gradientNorm,
      "train/images per second": imagesPerSecond,
      "learning rate/main": learningRate,
      "learning rate/LIF": lifLearningRate,
    });
  }

  /** Records an update that was left out. */
  skip(update: SkippedUpdate): void {
    this.#metrics.write({ ...update });
  }

  /** Records the end of an epoch, with the evaluations of the model and its moving average if there were any. */
  epoch(summary: EpochSummary, evaluation: Evaluation | undefined, averageEvaluation?: Evaluation): void {
    this.#metrics.write({
      ...summary,
      ...(evaluation && { evaluation }),
      ...(averageEvaluation && { averageEvaluation }),
    });
    this.#board.scalars(summary.step, {
      "epoch/loss": summary.trainLoss,
      "epoch/images per second": summary.imagesPerSecond,
      "evaluation/top-1": evaluation?.top1,
      "evaluation/top-5": evaluation?.top5,
      "evaluation/loss": evaluation?.loss ?? undefined,
      "evaluation of average/top-1": averageEvaluation?.top1,
      "evaluation of average/loss": averageEvaluation?.loss ?? undefined,
    });
  }

  /** Records every LIF's tau, Vth and the share of its neurons that fired, as of `step` updates. */
  lif(step: number, lifs: readonly LifFiring[]): void {
    if (lifs.length === 0) return;
    const states = lifs.map(({ name, tau, vth, share }) => [name, { tau, vth, fired: share }] as const);
    this.#metrics.write({ step, lif: Object.fromEntries(states) });
    const values = states.flatMap(([name, { tau, vth, fired }]) => {
      const label = lifLabel(name);
      return [
        [`LIF tau/${label}`, tau],
        [`LIF Vth/${label}`, vth],
        [`LIF fired/${label}`, fired ?? undefined],
      ] as const;
    });
    this.#board.scalars(step, Object.fromEntries(values));
  }

  /** Waits until the disk has every line, as before a checkpoint that is younger than they are. */
  sync(): void {
    this.#metrics.sync();
  }

  [Symbol.dispose](): void {
    this.#metrics[Symbol.dispose]();
    this.#board[Symbol.dispose]();
  }
}
