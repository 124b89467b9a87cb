import type { MetricsLine } from "../run-log.js";
import { type Point, seriesOf, smooth, smoothRate, thin } from "../series.js";
import { type Chart, chart, extent, type Line } from "./chart.js";
import { type Html, html } from "./html.js";

/** Values are smoothed from this many on. */
const many = 100;

/** The run's curves: loss, accuracy, rates, gradient norm, speed. */
export function curves(lines: readonly MetricsLine[]): Html {
  const of = (pick: (line: MetricsLine) => number | undefined) => seriesOf(lines, pick);
  const percent = (value: number): string => `${Number((100 * value).toPrecision(4))} %`;
  const evaluated = (name: "loss" | "top1" | "top5") => of(({ evaluation }) => evaluation?.[name]);
  const line = (name: string, points: readonly Point[], colour: number, style?: Line["style"]): Line => ({
    name,
    points: thin(points),
    colour,
    ...(style && { style }),
  });
  const isUpdate = (each: MetricsLine): boolean => each.loss !== undefined;
  const charts: Chart[] = [
    {
      title: "loss",
      lines: [
        ...averaged(
          "training",
          of(({ loss }) => loss),
          0,
        ),
        line("evaluation", evaluated("loss"), 1, "dots"),
      ],
    },
    {
      title: "accuracy",
      lines: [line("top-1", evaluated("top1"), 0, "dots"), line("top-5", evaluated("top5"), 1, "dots")],
      format: percent,
      to: 1,
    },
    {
      title: "learning rate",
      lines: [
        line(
          "main",
          of(({ learningRate }) => learningRate),
          0,
        ),
        line(
          "LIF",
          of(({ lifLearningRate }) => lifLearningRate),
          1,
          "dashed",
        ),
      ],
      from: 0,
    },
    {
      title: "gradient norm",
      lines: averaged(
        "before clipping",
        of(({ gradientNorm }) => gradientNorm),
        2,
      ),
      from: 0,
    },
    {
      title: "images per second",
      lines: averaged(
        "training",
        of((each) => (isUpdate(each) ? each.imagesPerSecond : undefined)),
        3,
        smoothRate,
      ),
      from: 0,
    },
  ];
  const steps = extent(lines.filter(isUpdate).map(({ step }) => step));
  const shown = steps[0] <= steps[1] ? charts.map((each) => ({ ...each, steps })) : charts;
  return html`<div class="charts">${shown.map(chart)}</div>`;
}

/** The values as they are, faintly, and their moving average; just the values where there are few. */
function averaged(name: string, points: readonly Point[], colour: number, average = smooth): Line[] {
  if (points.length < many) return [{ name, points, colour }];
  return [
    { name, points: thin(points), colour, style: "faint" },
    { name: `${name}, moving average`, points: thin(average(points)), colour },
  ];
}
