import type { Device } from "@snnmlp/tensor";
import { type Command, Option } from "commander";
import { inOrder } from "../data/batches.js";
import type { ImageSet, SplitName } from "../data/image-set.js";
import type { Preprocessing } from "../data/preprocessing.js";
import type { SNNMLP } from "../model/snnmlp.js";
import { Progress } from "../report/progress.js";
import { Classifier, type Evaluation, evaluate, type JudgedImage } from "../train/evaluate.js";
import { ClassReport, type ClassReportOptions, withClassReport } from "./class-report.js";
import { adapterNote, openFor } from "./device.js";
import { type DataOptions, readImages, withData } from "./image-data.js";
import { type ModelFileOptions, modelOf, preprocessingFor, readModelFile, withModelFile } from "./model-file.js";
import { type DeviceOptions, wholeNumber, withDevice, withPrecision } from "./options.js";
import { integer, printJson, printLine } from "./output.js";

interface EvalOptions extends DeviceOptions, ModelFileOptions, DataOptions, ClassReportOptions {
  readonly batch: number;
  readonly split: SplitName;
}

/** `snnmlp eval`: accuracy of a checkpoint on a whole set. */
export function addEval(program: Command): void {
  const command = program
    .command("eval")
    .description("classify a whole test set and print top-1, top-5 and loss")
    .option("--batch <n>", "images at a time", wholeNumber(1), 100)
    .addOption(new Option("--split <name>", "which half of the set").choices(["test", "train"]).default("test"));
  withPrecision(withDevice(withClassReport(withData(withModelFile(command))))).action(async (options: EvalOptions) => {
    const checkpoint = await readModelFile(options);
    const preprocessing = preprocessingFor(checkpoint, options.checkpoint);
    const set = await readImages(options, options.split, checkpoint.config);
    const classes = await ClassReport.create(options, checkpoint.config.numClasses);
    await using device: Device = await openFor(options);
    const onImage = ({ label, predicted }: JudgedImage): void => classes?.add(label, predicted);
    const model = modelOf(device, checkpoint);
    const evaluation = await evaluateWithProgress(model, set, preprocessing, options.batch, { onImage });
    await classes?.write();
    const { checkpoint: file, split } = options;
    const what = { adapter: adapterNote(device), checkpoint: file, data: set.folder, split };
    if (options.json) printJson({ ...what, ...evaluation, ...classes?.json() });
    else {
      printLine(`${file} on ${set.folder} (${split}): ${describe(evaluation)}`);
      classes?.print();
    }
  });
}

interface EvaluationOptions {
  /** Others than the model's own, as their moving average. */
  readonly parameters?: SNNMLP["parameters"] | undefined;
  readonly onImage?: ((image: JudgedImage) => void) | undefined;
}

/** Evaluates with a progress bar on stderr. */
export async function evaluateWithProgress(
  model: SNNMLP,
  set: ImageSet,
  preprocessing: Preprocessing,
  batch: number,
  { parameters, onImage }: EvaluationOptions = {},
): Promise<Evaluation> {
  using classifier = await Classifier.create(model, Math.min(batch, set.count), preprocessing, parameters);
  using progress = new Progress("eval ", set.count);
  const start = performance.now();
  const batches = inOrder(set, { batchSize: classifier.batchSize, imageSize: model.config.imageSize });
  const onBatch = (done: number): void => {
    const imagesPerSecond = (1000 * done) / (performance.now() - start);
    progress.update({ step: done, imagesPerSecond, secondsLeft: (set.count - done) / imagesPerSecond });
  };
  return await evaluate(classifier, batches, onBatch, onImage);
}

/** One line for people. */
export function describe({ top1, top5, loss, images, imagesPerSecond }: Evaluation): string {
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  return `top-1 ${percent(top1)}, top-5 ${percent(top5)}, loss ${loss.toFixed(4)} on ${integer(images)} images, ${imagesPerSecond.toFixed(0)} images/s`;
}
