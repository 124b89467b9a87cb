import type { Evaluation } from "../../train/evaluate.js";
import type { ConfusionMatrix } from "../confusion.js";
import type { Examples } from "../examples.js";
import type { MetricsLine, RunLog } from "../run-log.js";
import { configTable } from "./config-table.js";
import { confusionSection } from "./confusion-section.js";
import { curves } from "./curves.js";
import { examplesSection } from "./examples-section.js";
import { type FiringExample, firingSection } from "./firing-section.js";
import { Html, html } from "./html.js";
import { lifTable } from "./lif-table.js";
import { style } from "./style.js";
import { tiles } from "./tiles.js";

/** What the model of a run says of images; each part may be missing for a reason. */
export interface Judgement {
  /** The checkpoint's path. */
  readonly checkpoint: string;
  readonly adapter: string;
  readonly imageSize: number;
  readonly nameOf: (index: number) => string;
  readonly evaluated:
    | {
        readonly data: string;
        readonly evaluation: Evaluation;
        readonly matrix: ConfusionMatrix;
        readonly examples: Examples;
      }
    | string;
  readonly firing: readonly FiringExample[] | string;
}

/** Most updates that were left out to be told one by one. */
const mostTold = 10;

/** The updates that were left out, the latest of them with their reasons. */
function skipped(lines: readonly MetricsLine[]): Html | undefined {
  const left = lines.filter((line) => typeof line.skipped === "string");
  if (left.length === 0) return undefined;
  const told = left.slice(-mostTold).map((line) => html`<li>${line.skipped}</li>`);
  const more = left.length > told.length && html`, the last ${told.length} of them`;
  return html`<div class="missing">Updates left out: ${left.length}${more}<ul>${told}</ul></div>`;
}

/** The report of a run as one HTML document that needs nothing else. @param judged or why there is no judgement */
export async function reportPage(log: RunLog, judged: Judgement | string): Promise<string> {
  const { name, lines, config } = log;
  const missing = (reason: string): Html => html`<p class="missing">${reason}</p>`;
  const section = (title: string, content: Html | string): Html =>
    html`<section><h2>${title}</h2>${typeof content === "string" ? missing(content) : content}</section>`;
  const noJudge = typeof judged === "string";
  const evaluated = noJudge ? judged : judged.evaluated;
  const firing = noJudge ? judged : judged.firing;
  const nameOf = noJudge ? String : judged.nameOf;
  const imageSize = noJudge ? 0 : judged.imageSize;
  const confusion = typeof evaluated === "string" ? evaluated : await confusionSection(evaluated.matrix, nameOf);
  const shown =
    typeof evaluated === "string" ? evaluated : await examplesSection(evaluated.examples, imageSize, nameOf);
  const body = html`<main>
<header><h1>${name}</h1><p>${log.folder}${!noJudge && html`; judged: ${judged.checkpoint}${typeof evaluated !== "string" && html` on ${evaluated.data}`}, computed on ${judged.adapter}`}</p>${tiles(lines, typeof evaluated === "string" ? undefined : evaluated.evaluation)}</header>
${section("Curves", lines.length > 0 ? curves(lines) : "metrics.jsonl is empty: the run has made no update yet.")}
${log.damaged > 0 && missing(`${log.damaged} damaged ${log.damaged === 1 ? "line" : "lines"} of metrics.jsonl left out.`)}
${skipped(lines)}
${section("Neurons over time", lifTable(lines))}
${section("Confusion matrix", confusion)}
${section("Example predictions", shown)}
${section("Where neurons fire", typeof firing === "string" ? firing : await firingSection(firing, imageSize, nameOf))}
${section("Settings", typeof config === "string" ? config : configTable(config))}
<footer>written by snnmlp report</footer>
</main>`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${name}</title><style>${new Html(style)}</style></head>
<body>${body}</body></html>
`.text;
}
