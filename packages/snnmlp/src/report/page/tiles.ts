import type { Evaluation } from "../../train/evaluate.js";
import { duration } from "../progress.js";
import { type MetricsLine, updatesIn } from "../run-log.js";
import { seriesOf, smooth } from "../series.js";
import { type Html, html } from "./html.js";
import { short } from "./scale.js";

/** The run in a few numbers. @param evaluation the report's own, if it made one */
export function tiles(lines: readonly MetricsLine[], evaluation: Evaluation | undefined): Html {
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  const losses = seriesOf(lines, ({ loss }) => loss);
  const top1 = seriesOf(lines, (line) => line.evaluation?.top1);
  const best = top1.reduce((found, point) => (point.value > found.value ? point : found), { step: 0, value: -1 });
  const epoch = seriesOf(lines, (line) => line.epoch).at(-1)?.value;
  const speed = seriesOf(lines, (line) => (line.loss === undefined ? undefined : line.imagesPerSecond))
    .map(({ value }) => value)
    .sort((a, b) => a - b);
  const found: (readonly [string, string] | false)[] = [
    [short(updatesIn(lines)), epoch !== undefined ? `updates, in epoch ${short(epoch + 1)}` : "updates"],
    losses.length > 0 && [short(smooth(losses).at(-1)?.value ?? 0), "training loss, averaged"],
    best.value >= 0 && [percent(best.value), `best top-1, after update ${short(best.step)}`],
    evaluation !== undefined && [
      percent(evaluation.top1),
      `top-1 of the checkpoint on ${short(evaluation.images)} images`,
    ],
    evaluation !== undefined && evaluation.loss !== null && [short(evaluation.loss), "loss of the checkpoint"],
    evaluation !== undefined &&
      evaluation.notFinite > 0 && [short(evaluation.notFinite), "images with scores that are not finite"],
    speed.length > 0 && [short(speed[speed.length >> 1] ?? 0), "images/s in training, median"],
    losses.length > 0 && [duration(secondsOf(lines)), "of training"],
  ];
  const shown = found.filter((tile) => tile !== false);
  return html`<div class="tiles">${shown.map(([value, label]) => html`<div class="tile"><b>${value}</b><span>${label}</span></div>`)}</div>`;
}

/** The clock of `seconds` starts anew when a run goes on. */
function secondsOf(lines: readonly MetricsLine[]): number {
  let [total, last] = [0, 0];
  for (const { loss, seconds } of lines) {
    if (loss === undefined || seconds === undefined) continue;
    total += seconds >= last ? seconds - last : seconds;
    last = seconds;
  }
  return total;
}
