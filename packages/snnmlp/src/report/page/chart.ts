import type { Point } from "../series.js";
import { type Html, html } from "./html.js";
import { short, ticks } from "./scale.js";

/** One line of a chart; `faint` for raw values behind their average, `dots` for values that are few. */
export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
  /** Number of its colour, 0 to 3. */
  readonly colour: number;
  readonly style?: "faint" | "dots" | "dashed";
}

/** A diagram of values by update. */
export interface Chart {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly format?: (value: number) => string;
  /** Where the vertical axis begins; default where the values do. */
  readonly from?: number;
  /** Where it ends, at most. */
  readonly to?: number;
  /** First and last update to show; default where the values are. */
  readonly steps?: readonly [first: number, last: number];
}

const [width, height] = [560, 250];
const area = { left: 58, right: width - 20, top: 12, bottom: height - 30 };

/** Places in the picture by update and by value. */
interface Scales {
  readonly x: (step: number) => string;
  readonly y: (value: number) => string;
}

/** The diagram as a figure with an inline SVG, a title, and the last value of each line. */
export function chart({ title, lines, format = short, from, to, steps }: Chart): Html {
  const drawn = lines.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) {
    return html`<figure class="chart"><figcaption>${title}</figcaption><p class="missing">no values</p></figure>`;
  }
  const points = drawn.flatMap(({ points }) => points);
  const [first, last] = steps ?? extent(points.map(({ step }) => step));
  const { low, high, above } = range(points, from, to);
  const across = (step: number): number => (last > first ? (step - first) / (last - first) : 0.5);
  const scales: Scales = {
    x: (step) => (area.left + across(step) * (area.right - area.left)).toFixed(1),
    y: (value) => (area.bottom - ((value - low) / (high - low)) * (area.bottom - area.top)).toFixed(1),
  };
  const keys = drawn.filter(({ style }) => style !== "faint").map((line) => legend(line, format));
  const clip = `clip-${title.replace(/\W+/g, "-")}`;
  return html`<figure class="chart">
<figcaption>${title}<span class="legend">${keys}</span></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title} by update">
<clipPath id="${clip}"><rect x="${area.left}" y="${area.top - 4}" width="${area.right - area.left + 4}" height="${area.bottom - area.top + 8}"/></clipPath>
${ticks(low, high, 5).map((value) => valueTick(value, format(value), scales))}
${ticks(first, last, 6)
  .filter(Number.isInteger)
  .map((step) => stepTick(step, scales))}
<g clip-path="url(#${clip})">${drawn.map((line) => drawLine(line, scales))}</g>
</svg>${above !== undefined && html`<p class="note">Single values lie above the picture, the highest at ${format(above)}.</p>`}
</figure>`;
}

function valueTick(value: number, label: string, { y }: Scales): Html {
  const line = html`<line class="grid" x1="${area.left}" x2="${area.right}" y1="${y(value)}" y2="${y(value)}"/>`;
  return html`${line}<text class="tick" x="${area.left - 8}" y="${y(value)}" dy="4" text-anchor="end">${label}</text>`;
}

function stepTick(step: number, { x }: Scales): Html {
  const label = step >= 1000 && step % 1000 === 0 ? `${step / 1000}k` : step;
  return html`<text class="tick" x="${x(step)}" y="${height - 10}" text-anchor="middle">${label}</text>`;
}

function drawLine({ points, colour, style }: Line, { x, y }: Scales): Html {
  const d = points.map(({ step, value }, i) => `${i === 0 ? "M" : "L"}${x(step)} ${y(value)}`).join("");
  const few = points.length === 1 || (style === "dots" && points.length <= 120);
  const dots = points.map(
    ({ step, value }) => html`<circle class="dot c${colour}" cx="${x(step)}" cy="${y(value)}" r="3"/>`,
  );
  return html`<path class="line c${colour} ${style}" d="${d}"/>${few && dots}`;
}

const legend = ({ name, points, colour, style }: Line, format: (value: number) => string): Html =>
  html`<span class="key c${colour} ${style}"><i></i>${name} <b>${format(points.at(-1)?.value ?? 0)}</b></span>`;

/** The least and the largest of some values. */
export function extent(values: readonly number[]): readonly [low: number, high: number] {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

/** The values to show: all, but for single ones far above the rest, which would press the others flat. */
function range(points: readonly Point[], from?: number, to = Infinity) {
  const sorted = points.map(({ value }) => value).sort((a, b) => a - b);
  const [least, most] = [sorted[0] ?? 0, sorted.at(-1) ?? 1];
  const middle = sorted[sorted.length >> 1] ?? most;
  const usual = sorted[Math.floor(0.98 * (sorted.length - 1))] ?? most;
  const cut = usual > middle && most - middle > 3 * (usual - middle);
  const top = cut ? usual + 0.25 * (usual - least) : most;
  const margin = 0.04 * (top - least) || 0.1 * Math.abs(top) || 1;
  const low = from ?? (least >= 0 ? Math.max(0, least - margin) : least - margin);
  const high = Math.max(Math.min(to, top + margin), low + Number.EPSILON);
  return { low, high, above: cut ? most : undefined };
}
