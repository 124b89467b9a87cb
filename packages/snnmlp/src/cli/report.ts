import { join } from "node:path";
import { type Command, Option } from "commander";
import { reportPage } from "../report/page/page.js";
import { readRunLog, updatesIn } from "../report/run-log.js";
import { newestName } from "../train/run-folder.js";
import { expectFolderOf, writeWhole } from "../write-whole.js";
import { notFiniteLine } from "./eval.js";
import { withData } from "./image-data.js";
import { type JudgeOptions, judgeRun } from "./judge-run.js";
import { wholeNumber, withDevice, withPrecision } from "./options.js";
import { integer, printJson, printLine, printNote } from "./output.js";

interface ReportOptions extends JudgeOptions {
  readonly out?: string;
}

/** `snnmlp report RUN`: a training run as one HTML page. */
export function addReport(program: Command): void {
  const command = program
    .command("report")
    .description("write a training run as one HTML page: curves, neurons, confusion matrix, examples, firing pictures")
    .argument("<run>", "the folder that train --out wrote")
    .option("--out <file>", "the page (default: report.html in the run's folder)")
    .option("--checkpoint <file>", `the model to judge (default: ${newestName} in the run's folder)`)
    .option("--image <file...>", "show which neurons fire for these images (default: two of the evaluated ones)")
    .option("--invert", "the images are dark on white paper", false)
    .option("--no-eval", "no confusion matrix and no examples: do not evaluate the checkpoint")
    .option("--batch-size <n>", "images at a time", wholeNumber(1), 100)
    .addOption(new Option("--split <name>", "which part of the set").choices(["val", "test", "train"]).default("val"))
    .addHelpText("after", notes);
  withPrecision(withDevice(withData(command))).action(run);
}

const notes = `
The page needs nothing else: styles and pictures are in it, and it asks no network for anything.
Without --data the checkpoint is evaluated on the set it was trained with. What is missing is said in its place; a file
that was asked for and cannot be read is an error, and nothing is written.`;

async function run(folder: string, options: ReportOptions): Promise<void> {
  const log = await readRunLog(folder);
  const out = options.out ?? join(folder, "report.html");
  await expectFolderOf(out);
  if (log.damaged > 0) printNote(`damaged lines of metrics.jsonl left out: ${log.damaged}`);
  const judged = await judgeRun(log, options);
  const page = await reportPage(log, judged);
  await writeWhole(out, page);
  const updates = updatesIn(log.lines);
  const bytes = Buffer.byteLength(page);
  const evaluated = typeof judged === "string" ? judged : judged.evaluated;
  const told = typeof evaluated === "string" ? { notEvaluated: evaluated } : evaluated.evaluation;
  if (options.json) printJson({ run: folder, report: out, bytes, updates, ...told });
  else {
    if (typeof evaluated === "string") printLine(evaluated);
    const broken = typeof evaluated === "string" ? undefined : notFiniteLine(evaluated.evaluation);
    if (broken !== undefined) printLine(broken);
    printLine(`wrote ${out}: the run after update ${integer(updates)}, ${integer(Math.ceil(bytes / 1000))} kB`);
  }
}
