import type { MetricsLine } from "../run-log.js";
import { type Point, seriesOf, smooth, smoothRate, thin } from "../series.js";
import { type Chart, chart, extent, type Line } from "./chart.js";
import { type Html, html } from "./html.js";

/** Values are smoothed from this many on. */
const many = 100;

const percent = (value: number): string => `${Number((100 * value).toPrecision(4))} %`;
const isUpdate = (line: MetricsLine): boolean => line.loss !== undefined;

/** The run's curves: loss, accuracy, rates, gradient norm, speed, and who waited for whom. */
export function curves(lines: readonly MetricsLine[]): Html {
  type Pick = (line: MetricsLine) => number | null | undefined;
  const line = (name: string, colour: number, pick: Pick, style?: Line["style"]): Line => ({
    name,
    points: thin(seriesOf(lines, pick)),
    colour,
    ...(style && { style }),
  });
  const averaged = (name: string, colour: number, pick: Pick, average = smooth): Line[] =>
    withAverage(name, colour, seriesOf(lines, pick), average);
  const charts: Chart[] = [
    {
      title: "loss",
      lines: [
        ...averaged("training", 0, ({ loss }) => loss),
        line("evaluation", 1, ({ evaluation }) => evaluation?.loss, "dots"),
        line("of the average", 2, ({ averageEvaluation }) => averageEvaluation?.loss, "dots"),
      ],
    },
    {
      title: "accuracy",
      lines: [
        line("top-1", 0, ({ evaluation }) => evaluation?.top1, "dots"),
        line("top-5", 1, ({ evaluation }) => evaluation?.top5, "dots"),
        line("top-1 of the average", 2, ({ averageEvaluation }) => averageEvaluation?.top1, "dots"),
      ],
      format: percent,
      to: 1,
    },
    {
      title: "learning rate",
      lines: [
        line("main", 0, ({ learningRate }) => learningRate),
        line("LIF", 1, ({ lifLearningRate }) => lifLearningRate, "dashed"),
      ],
      from: 0,
    },
    { title: "gradient norm", lines: averaged("before clipping", 2, ({ gradientNorm }) => gradientNorm), from: 0 },
    {
      title: "images per second",
      lines: averaged("training", 3, (each) => (isUpdate(each) ? each.imagesPerSecond : undefined), smoothRate),
      from: 0,
    },
    {
      title: "seconds waited, by epoch",
      lines: [
        line("for images", 1, ({ waitedForData }) => waitedForData, "dots"),
        line("for the GPU", 0, ({ waitedForGpu }) => waitedForGpu, "dots"),
      ],
      format: (value) => String(Number(value.toFixed(2))),
      from: 0,
    },
  ];
  const steps = extent(lines.filter(isUpdate).map(({ step }) => step));
  const shown = steps[0] <= steps[1] ? charts.map((each) => ({ ...each, steps })) : charts;
  return html`<div class="charts">${shown.map(chart)}</div>`;
}

/** The values as they are, faintly, and their moving average; just the values where there are few. */
function withAverage(name: string, colour: number, points: readonly Point[], average: typeof smooth): Line[] {
  if (points.length < many) return [{ name, points, colour }];
  return [
    { name, points: thin(points), colour, style: "faint" },
    { name: `${name}, moving average`, points: thin(average(points)), colour },
  ];
}
