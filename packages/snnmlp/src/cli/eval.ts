import type { Device } from "@snnmlp/tensor";
import { type Command, Option } from "commander";
import type { Dataset, SplitName } from "../data/dataset.js";
import type { Preprocessing } from "../data/preprocessing.js";
import type { SNNMLP } from "../model/snnmlp.js";
import { Progress } from "../report/progress.js";
import { Classifier, type Evaluation, evaluate, type JudgedImage } from "../train/evaluate.js";
import { ClassReport, type ClassReportOptions, withClassReport } from "./class-report.js";
import { adapterNote, openFor } from "./device.js";
import { type DataOptions, evaluationBatches, readImages, withData } from "./image-data.js";
import {
  classNamesOf,
  type ModelFileOptions,
  modelOf,
  preprocessingFor,
  readModelFile,
  withModelFile,
} from "./model-file.js";
import { type DeviceOptions, wholeNumber, withDevice, withPrecision } from "./options.js";
import { integer, printJson, printLine, printNote } from "./output.js";

interface EvalOptions extends DeviceOptions, ModelFileOptions, DataOptions, ClassReportOptions {
  readonly batchSize: number;
  readonly split: SplitName;
}

/** `snnmlp eval`: accuracy of a checkpoint on a whole set. */
export function addEval(program: Command): void {
  const command = program
    .command("eval")
    .description("classify a whole test set and print top-1, top-5 and loss")
    .option("--batch-size <n>", "images at a time", wholeNumber(1), 100)
    .addOption(new Option("--split <name>", "which part of the set").choices(["val", "test", "train"]).default("val"));
  withPrecision(withDevice(withClassReport(withData(withModelFile(command))))).action(async (options: EvalOptions) => {
    const checkpoint = await readModelFile(options);
    const preprocessing = preprocessingFor(checkpoint, options.checkpoint);
    const names = classNamesOf(checkpoint, options.checkpoint);
    const { numClasses } = checkpoint.config;
    const set = await readImages(options, options.split, { numClasses, names });
    const classes = await ClassReport.create(options, numClasses, names ?? set.classNames);
    await using device: Device = await openFor(options);
    const onImage = ({ label, predicted }: JudgedImage): void => classes?.add(label, predicted);
    const model = modelOf(device, checkpoint);
    const evaluation = await evaluateWithProgress(model, set, preprocessing, options, { onImage });
    await classes?.write();
    const { checkpoint: file, split } = options;
    const what = { adapter: adapterNote(device), checkpoint: file, data: set.folder, split };
    if (options.json) printJson({ ...what, ...evaluation, ...classes?.json() });
    else {
      printLine(`${file} on ${set.folder} (${split}): ${describe(evaluation)}`);
      classes?.print();
    }
    const broken = notFiniteLine(evaluation);
    if (broken === undefined) return;
    // The evaluation is printed all the same, but nobody should build on such a model.
    process.exitCode = 1;
    printNote(
      `error: ${file}: ${broken}; the training has diverged, or the file is damaged: take an earlier checkpoint`,
    );
  });
}

interface EvaluationOptions {
  /** Others than the model's own, as their moving average. */
  readonly parameters?: SNNMLP["parameters"] | undefined;
  readonly onImage?: ((image: JudgedImage) => void) | undefined;
  /** Ends the evaluation after a batch, by throwing its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How well a model does on a set, some of whose images may be unusable and left out. */
export interface SetEvaluation extends Evaluation {
  readonly unusable: number;
}

/** Evaluates with a progress bar on stderr. */
export async function evaluateWithProgress(
  model: SNNMLP,
  set: Dataset,
  preprocessing: Preprocessing,
  options: DataOptions & { readonly batchSize: number },
  { parameters, onImage, signal }: EvaluationOptions = {},
): Promise<SetEvaluation> {
  signal?.throwIfAborted();
  using classifier = await Classifier.create(model, Math.min(options.batchSize, set.count), preprocessing, parameters);
  using progress = new Progress("eval ", set.count);
  const start = performance.now();
  const { config } = model;
  const batches = evaluationBatches(set, options, { config, preprocessing, batchSize: classifier.batchSize });
  const onBatch = (done: number): void => {
    signal?.throwIfAborted();
    const imagesPerSecond = (1000 * done) / (performance.now() - start);
    progress.update({ step: done, imagesPerSecond, secondsLeft: (set.count - done) / imagesPerSecond });
  };
  const evaluation = await evaluate(classifier, batches, onBatch, onImage);
  return { ...evaluation, unusable: batches.badImages.count };
}

type Described = Evaluation & Partial<Pick<SetEvaluation, "unusable">>;

/** What is wrong with an evaluation, where images have scores that are not finite numbers. */
export function notFiniteLine({ notFinite, images }: Evaluation): string | undefined {
  if (notFinite === 0) return undefined;
  return `the scores of ${integer(notFinite)} of ${integer(images)} images are not finite numbers; these count as wrong`;
}

/** One line for people. */
export function describe({ top1, top5, loss, images, imagesPerSecond, unusable = 0 }: Described): string {
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  const left = unusable > 0 ? ` (${integer(unusable)} unusable left out)` : "";
  const told = loss === null ? "no finite loss" : `loss ${loss.toFixed(4)}`;
  return `top-1 ${percent(top1)}, top-5 ${percent(top5)}, ${told} on ${integer(images)} images${left}, ${imagesPerSecond.toFixed(0)} images/s`;
}
