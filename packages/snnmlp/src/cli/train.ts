import { join } from "node:path";
import { type Command, Option } from "commander";
import { z } from "zod";
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { preprocessingOf } from "../data/preprocessing.js";
import { SafetensorsError } from "../file-error.js";
import type { SNNMLP } from "../model/snnmlp.js";
import { modelNames } from "../models.js";
import type { Evaluation } from "../train/evaluate.js";
import { DivergedError, type NotFinitePolicy, notFinitePolicies } from "../train/not-finite-policy.js";
import { checkPosition } from "../train/position.js";
import { bestName, newestName, RunFolder, stepOf } from "../train/run-folder.js";
import { schedulesOf } from "../train/schedules.js";
import { adapterNote, openFor } from "./device.js";
import { describe, evaluateWithProgress, notFiniteLine } from "./eval.js";
import {
  classesOf,
  type DataOptions,
  namesOnce,
  readImages,
  trainingBatches,
  waitsLine,
  withData,
} from "./image-data.js";
import { classNamesOf, quickstartFolder } from "./model-file.js";
import { type DeviceOptions, wholeNumber, withDevice } from "./options.js";
import { printJson, printLine, printNote, UsageError } from "./output.js";
import { withTrainFlags } from "./train-flags.js";
import { checkSameData, standingOf } from "./train-folder.js";
import { Interrupted, trainInto } from "./train-into.js";
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
Ctrl-C ends the run after the update in flight, with a checkpoint; exit code 130. The same command goes on from the
newest whole checkpoint, also after kill -9 or a crash, and ends with the same bits as if nothing had happened.`;

async function run(options: TrainOptions): Promise<void> {
  if (options.restart && options.resume !== undefined) {
    throw new UsageError("--restart begins anew and --resume goes on; take one of the two");
  }
  const planned = await planOf(options);
  if (planned.ignored.length > 0) printNote(`no meaning here, ignored: ${planned.ignored.join(", ")}`);
  if (options.dryRun) {
    if (options.json) printJson(planDocument(planned));
    else printLine(planYaml(planned).trimEnd());
    return;
  }
  const { name, settings } = planned;
  const given = { ...options, onBadImage: namesOnce() };
  const data = planned.data === undefined ? given : { ...given, data: planned.data };
  const trained = planned.from && classNamesOf(planned.from, options.resume ?? "");
  const set = await readImages(data, "train", { names: trained });
  const { classNames = trained } = set;
  const fixed = planned.from !== undefined || options.numClasses !== undefined;
  const numClasses = fixed ? planned.config.numClasses : classesOf(set, planned.config);
  const config = { ...planned.config, numClasses };
  const testSet = await readImages(data, "val", { numClasses, names: classNames });
  const preprocessing = preprocessingOf(set, config);
  const { batchSize, seed, augment } = settings;
  const batches = trainingBatches(set, data, { config, preprocessing, batchSize, seed, augment });
  const schedules = schedulesOf(settings, batches.batchesPerEpoch);
  const { updates } = schedules;
  const identity = { config, settings, preprocessing, images: set.count, classNames };
  if (planned.from) checkSameData(options.resume ?? "", planned.from, identity);
  checkUnfinished(planned, updates);
  const { keep, restart } = options;
  await using folder = await RunFolder.open(planned.out, { keep, restart });
  const { from, finished } = await standingOf(folder, identity, updates, planned.from);
  if (finished) return reportFinished(options, planned, finished);
  if (from) checkPosition(options.resume ?? planned.out, from, settings, batches.batchesPerEpoch);
  const plan = { ...planned, config, ...(from && { from }) };
  await using device = await openFor({ ...options, precision: settings.precision });
  const note = (line: string): void => {
    if (!options.json) printLine(line);
  };
  const { saveEvery, evalEvery, logLifEvery, eager } = options;
  try {
    const evaluate = async (model: SNNMLP, parameters?: SNNMLP["parameters"]): Promise<Evaluation> => {
      const batched = { ...data, batchSize: 100 };
      const evaluation = await evaluateWithProgress(model, testSet, preprocessing, batched, { parameters });
      tellNotFinite(evaluation, options.onNonfinite);
      return evaluation;
    };
    const job = {
      device,
      plan,
      folder,
      batches,
      classNames,
      images: set.count,
      schedules,
      preprocessing,
      saveEvery,
      evalEvery,
      logLifEvery,
      eager,
      onNotFinite: options.onNonfinite,
      evaluate,
      note,
    };
    const { evaluation, ...result } = await trainInto(job);
    if (options.json) printJson({ adapter: adapterNote(device), model: name, ...settings, ...result, evaluation });
    else {
      const { seconds, imagesPerSecond, checkpoint } = result;
      printLine(`trained in ${seconds.toFixed(1)} s, ${imagesPerSecond.toFixed(0)} images/s`);
      printLine(waitsLine(batches.waits, seconds));
      printLine(describe(evaluation));
      const { averageEvaluation, averageModel } = result;
      if (averageEvaluation) printLine(`moving average (${averageModel}): ${describe(averageEvaluation)}`);
      printLine(`wrote ${checkpoint} and ${result.metrics}`);
    }
    keepPromise(options, evaluation.top1);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    process.exitCode = 130;
    printLine(error.message);
  } finally {
    const left = batches.badImages.summary();
    if (left !== undefined) printNote(left);
    await batches.close();
  }
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

/** @throws SafetensorsError when the run to go on with has made all its updates */
function checkUnfinished({ from, out }: TrainingPlan, updates: number): void {
  if (from === undefined || Number(from.notes.get("step")) < updates) return;
  const fix = "start another with --steps or --epochs";
  throw new SafetensorsError(join(out, newestName), `the run is finished after ${updates} updates`, fix);
}
