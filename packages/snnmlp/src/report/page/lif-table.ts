import { lifLabel } from "../lif-label.js";
import type { MetricsLine } from "../run-log.js";
import { type Point, seriesOf, thin } from "../series.js";
import { extent } from "./chart.js";
import { type Html, html } from "./html.js";
import { short } from "./scale.js";

type Quantity = "tau" | "vth" | "fired";

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const columns: readonly {
  readonly of: Quantity;
  readonly title: string;
  readonly format: (value: number) => string;
}[] = [
  { of: "tau", title: "tau (leak)", format: (value) => value.toFixed(4) },
  { of: "vth", title: "Vth (threshold)", format: (value) => value.toFixed(4) },
  { of: "fired", title: "fired", format: percent },
];

/** Tau, Vth and the share that fired of every LIF over the run: a row each, columns on one scale. */
export function lifTable(lines: readonly MetricsLine[]): Html {
  const named = lines.flatMap(({ lif }) => Object.keys(lif ?? {}));
  const names = [...new Set(named)];
  if (names.length === 0) return html`<p class="missing">The run has no LIF lines.</p>`;
  const series = names.map((name) =>
    columns.map(({ of }) =>
      thin(
        seriesOf(lines, ({ lif }) => lif?.[name]?.[of]),
        60,
      ),
    ),
  );
  const scales = columns.map((_, i) => {
    const points = series.flatMap((row) => row[i] ?? []);
    return { steps: extent(points.map(({ step }) => step)), values: extent(points.map(({ value }) => value)) };
  });
  const header = columns.map(({ title, format }, i) => {
    const [low, high] = scales[i]?.values ?? [0, 0];
    return html`<th>${title}${low <= high && html` <span class="note">${format(low)} to ${format(high)}</span>`}</th>`;
  });
  const rows = names.map((name, row) => {
    const cells = columns.map(({ format }, i) => {
      const points = series[row]?.[i] ?? [];
      const last = points.at(-1);
      const scale = scales[i];
      return html`<td>${scale && last ? [sparkline(points, scale, i), html`<b>${format(last.value)}</b>`] : html`<span class="note">no whole group</span>`}</td>`;
    });
    return html`<tr><th scope="row">${lifLabel(name)}</th>${cells}</tr>`;
  });
  const steps = seriesOf(lines, ({ lif }) => (lif ? 0 : undefined));
  const span = `updates ${short(steps[0]?.step ?? 0)} to ${short(steps.at(-1)?.step ?? 0)}`;
  return html`<div class="scroll"><table class="lif"><thead><tr><th>LIF</th>${header}</tr></thead><tbody>${rows}</tbody></table></div>
<p class="note">Lines run over ${span}, all rows of a column on one scale; the number is the last value. A neuron fires where u &gt; Vth; the share counts the neurons in whole groups.</p>`;
}

interface Scale {
  readonly steps: readonly [number, number];
  readonly values: readonly [number, number];
}

const [width, height] = [120, 26];

function sparkline(points: readonly Point[], { steps, values }: Scale, colour: number): Html {
  const within = ([low, high]: readonly [number, number], value: number) =>
    high > low ? (value - low) / (high - low) : 0.5;
  const at = ({ step, value }: Point): readonly [x: string, y: string] => [
    (2 + within(steps, step) * (width - 4)).toFixed(1),
    (height - 3 - within(values, value) * (height - 6)).toFixed(1),
  ];
  const places = points.map(at);
  const [x = "", y = ""] = places.at(-1) ?? [];
  const path = places.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join("");
  return html`<svg class="spark" viewBox="0 0 ${width} ${height}" aria-hidden="true"><path class="line c${colour}" d="${path}"/><circle class="dot c${colour}" cx="${x}" cy="${y}" r="2.2"/></svg>`;
}
