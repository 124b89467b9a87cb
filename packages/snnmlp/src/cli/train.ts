import { join } from "node:path";
import { type Command, Option } from "commander";
import { z } from "zod";
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import type { Waits } from "../data/batches.js";
import { SafetensorsError } from "../file-error.js";
import { modelNames } from "../models.js";
import type { Evaluation } from "../train/evaluate.js";
import { DivergedError, type NotFinitePolicy, notFinitePolicies } from "../train/not-finite-policy.js";
import { checkPosition } from "../train/position.js";
import { bestName, newestName, RunFolder, stepOf } from "../train/run-folder.js";
import type { EvaluateModel } from "../train/run-judge.js";
import { schedulesOf } from "../train/schedules.js";
import { checkSameData, isFinished, standingOf } from "../train/standing.js";
import { Interrupted, type TrainingResult, trainInto } from "../train/train-into.js";
import { adapterNote, openFor } from "./device.js";
import { describe, evaluateWithProgress, notFiniteLine } from "./eval.js";
import { type DataOptions, waitsLine, withData } from "./image-data.js";
import { Interruption } from "./interruption.js";
import { quickstartFolder } from "./model-file.js";
import { type DeviceOptions, wholeNumber, withDevice } from "./options.js";
import { printJson, printLine, printNote, UsageError } from "./output.js";
import { planNotes } from "./plan-notes.js";
import { trainingData } from "./train-data.js";
import { withTrainFlags } from "./train-flags.js";
import { type PlanOptions, planDocument, planOf, planYaml, type TrainingPlan } from "./train-plan.js";

interface TrainOptions extends DeviceOptions, DataOptions, PlanOptions {
  readonly saveEvery?: number;
  readonly keep: number;
  readonly restart: boolean;
  readonly evalEvery: number;
  readonly logLifEvery: number;
  readonly onNonfinite: NotFinitePolicy;
  readonly eager: boolean;
  readonly dryRun: boolean;
  readonly numClasses?: number;
  readonly output?: string;
}

/** What the quickstart promises on MNIST. */
const promisedTop1 = 0.95;

/** `snnmlp train`: trains, evaluates, and leaves a checkpoint, config.yaml and metrics.jsonl. */
export function addTrain(program: Command): void {
  const command = program
    .command("train")
    .description("train a model on a set of images, then evaluate it on the test half")
    .option("--quickstart", `pico on MNIST into ${quickstartFolder}, 300 updates; fails below 95 % top-1`, false)
    .option("--model <name>", `${modelNames.join(", ")} (default: pico); the model's flags change it`)
    .option("--out <folder>", "where the results go (default: runs/MODEL)")
    .option(
      "--save-every <n>",
      "updates between checkpoints, besides those of each epoch (default: half a minute)",
      wholeNumber(1),
    )
    .option("--keep <n>", "how many of the last checkpoints to keep", wholeNumber(1), 2)
    .option("--eval-every <n>", "evaluate after every n epochs; 0: only at the end", wholeNumber(0), 1)
    .addOption(
      new Option("--on-nonfinite <policy>", "end the run at a loss or gradient that is not finite, or leave it out")
        .choices([...notFinitePolicies])
        .default("stop"),
    )
    .option("--log-lif-every <n>", "log tau, Vth and firing of each LIF every n updates; 0: never", wholeNumber(0), 100)
    .option("--eager", "launch every op anew instead of replaying one recorded program; slower, for debugging", false)
    .option("--checkpoint-activations", "recompute activations in the backward pass: less memory, more time", false)
    .option("--dry-run", "print the settings as YAML and stop", false)
    .option("--resume <file>", "go on from a checkpoint of an unfinished run, with its settings")
    .option("--restart", "delete the run in --out and begin anew", false)
    .addHelpText("after", notes);
  withTrainFlags(withDevice(withData(command))).action(run);
}

const notes = `
Settings come from the recipe (imagenet, the authors', for tiny, small and base; digits for pico and nano), then from
--cfg, --opts and the flags, each over those before; what they amount to is written to config.yaml, which --cfg reads.
--lr, --min-lr and --warmup-lr of the recipe imagenet are for 512 images an update, and scaled to those there are.
Writes ${newestName}, config.yaml, metrics.jsonl (one line per update, epoch and look at the LIFs) and
TensorBoard's events.out.tfevents.* into --out; the checkpoint before as checkpoint-UPDATES.safetensors, and the model of
the best evaluation as ${bestName}.
Ctrl-C ends the run after the update in flight, or in the midst of an evaluation, with a checkpoint; exit code 130; a
second one kills it. The same command goes on from the
newest whole checkpoint, also after kill -9 or a crash, and ends with the same bits as if nothing had happened.`;

async function run(options: TrainOptions): Promise<void> {
  if (options.restart && options.resume !== undefined) {
    throw new UsageError("--restart begins anew and --resume goes on; take one of the two");
  }
  const planned = await planOf(options);
  for (const line of planNotes(planned, options)) printNote(line);
  if (options.dryRun) {
    if (options.json) printJson(planDocument(planned));
    else printLine(planYaml(planned).trimEnd());
    return;
  }
  using interruption = new Interruption();
  try {
    await trainPlanned(options, planned, interruption);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    reportInterrupted(options, error);
  }
}

/** Trains what was planned, unless the folder holds it finished. */
async function trainPlanned(options: TrainOptions, planned: TrainingPlan, interruption: Interruption): Promise<void> {
  const { identity, batches, testSet, options: data } = await trainingData(options, planned);
  const { config, settings } = identity;
  const { updates } = schedulesOf(settings, batches.batchesPerEpoch);
  if (planned.from) {
    const path = options.resume ?? "";
    checkSameData(path, planned.from, identity);
    checkUnfinished(path, planned.from, updates);
  }
  interruption.check();
  const { keep, restart } = options;
  await using folder = await RunFolder.open(planned.out, { keep, restart });
  const { from, finished } = await standingOf(folder, identity, updates, planned.from, printNote);
  if (finished) return reportFinished(options, planned, finished);
  if (from) checkPosition(options.resume ?? planned.out, from, settings, batches.batchesPerEpoch);
  interruption.check();
  await using device = await openFor({ ...options, precision: settings.precision });
  interruption.check();
  const evaluate: EvaluateModel = async (model, parameters) => {
    const { preprocessing } = identity;
    const evaluation = await interruption.unlessStopped((signal) =>
      evaluateWithProgress(model, testSet, preprocessing, { ...data, batchSize: 100 }, { parameters, signal }),
    );
    if (evaluation) tellNotFinite(evaluation, options.onNonfinite);
    return evaluation;
  };
  const { saveEvery, evalEvery, logLifEvery, eager, onNonfinite } = options;
  const { name, checkpointActivations } = planned;
  try {
    const result = await trainInto({
      ...{ device, name, identity, batches, from, eager, checkpointActivations },
      ...{ folder, yaml: planYaml({ ...planned, config }), evaluate },
      ...{ saveEvery, evalEvery, logLifEvery, onNotFinite: onNonfinite, signal: interruption.signal },
      note: (line) => {
        if (!options.json) printLine(line);
      },
      warn: printNote,
    });
    if (options.json) printJson({ adapter: adapterNote(device), model: name, ...settings, ...result });
    else printResult(result, batches.waits);
    keepPromise(options, result.evaluation.top1);
  } finally {
    const left = batches.badImages.summary();
    if (left !== undefined) printNote(left);
    await batches.close();
  }
}

function printResult(result: TrainingResult, waits: Waits): void {
  const { seconds, imagesPerSecond, checkpoint, metrics, evaluation, averageEvaluation, averageModel } = result;
  // A run stopped in its last evaluation has no updates left to make.
  if (seconds > 0) {
    printLine(`trained in ${seconds.toFixed(1)} s, ${imagesPerSecond.toFixed(0)} images/s`);
    printLine(waitsLine(waits, seconds));
  }
  printLine(describe(evaluation));
  if (averageEvaluation) printLine(`moving average (${averageModel}): ${describe(averageEvaluation)}`);
  printLine(`wrote ${checkpoint} and ${metrics}`);
}

/** Exit code of a run that Ctrl-C ended, as shells have it: 128 and the number of SIGINT. */
const interruptedCode = 130;

function reportInterrupted({ json }: TrainOptions, { name, message, steps, checkpoint }: Interrupted): void {
  process.exitCode = interruptedCode;
  if (json) printJson({ error: { name, message }, steps, ...(checkpoint !== undefined && { checkpoint }) });
  else printLine(message);
}

/** @throws DivergedError when images have scores that are not finite and the policy is to end the run */
function tellNotFinite(evaluation: Evaluation, policy: NotFinitePolicy): void {
  const broken = notFiniteLine(evaluation);
  if (broken === undefined) return;
  if (policy === "stop") {
    throw new DivergedError(`${broken}; lower the learning rate, or go on regardless with --on-nonfinite skip`);
  }
  printNote(`evaluation: ${broken}`);
}

/** A finished run is left as it is. */
function reportFinished(options: TrainOptions, { name, out }: TrainingPlan, finished: Checkpoint): void {
  const checkpoint = join(out, newestName);
  const evaluation = evaluationSchema.parse(JSON.parse(finished.notes.get("evaluation") ?? "{}"));
  const steps = stepOf(finished);
  if (options.json) printJson({ model: name, finished: true, checkpoint, steps, evaluation });
  else {
    const told = evaluation.top1 === undefined ? "" : `, top-1 ${(100 * evaluation.top1).toFixed(2)} %`;
    printLine(`${checkpoint} is finished: ${steps} updates${told}; --restart trains anew, --out elsewhere`);
  }
  if (evaluation.top1 !== undefined) keepPromise(options, evaluation.top1);
}

const evaluationSchema = z
  .object({
    top1: z.number(),
    top5: z.number(),
    loss: z.number().nullable(),
    images: z.number(),
    notFinite: z.number(),
  })
  .partial();

function keepPromise({ quickstart }: TrainOptions, top1: number): void {
  if (!quickstart || top1 >= promisedTop1) return;
  process.exitCode = 1;
  printNote(`error: top-1 ${top1} is below the ${promisedTop1} the quickstart promises; run snnmlp doctor`);
}

/** @throws SafetensorsError when the run to go on with is finished */
function checkUnfinished(path: string, from: Checkpoint, updates: number): void {
  if (!isFinished(from, updates)) return;
  const fix = "start another with --steps or --epochs";
  throw new SafetensorsError(path, `the run is finished after ${updates} updates`, fix);
}
