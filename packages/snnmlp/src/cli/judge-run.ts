import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { Device } from "@snnmlp/tensor";
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import type { Dataset, SplitName } from "../data/dataset.js";
import { decodeImage } from "../data/image.js";
import type { Preprocessing } from "../data/preprocessing.js";
import { FileError } from "../file-error.js";
import type { SNNMLP } from "../model/snnmlp.js";
import { ConfusionMatrix } from "../report/confusion.js";
import { Examples } from "../report/examples.js";
import type { FiringExample } from "../report/page/firing-section.js";
import type { Judgement } from "../report/page/page.js";
import type { RunLog } from "../report/run-log.js";
import { Classifier } from "../train/evaluate.js";
import { FiringProbe } from "../train/firing.js";
import { likeliest } from "../train/likeliest.js";
import { newestName } from "../train/run-folder.js";
import { openFor } from "./device.js";
import { evaluateWithProgress } from "./eval.js";
import { type DataOptions, readImages } from "./image-data.js";
import { classNamesOf, modelOf, preprocessingFor, readModelFile } from "./model-file.js";
import type { DeviceOptions } from "./options.js";

/** How a run's model is judged for its report. */
export interface JudgeOptions extends DeviceOptions, DataOptions {
  readonly checkpoint?: string;
  readonly image?: readonly string[];
  readonly invert: boolean;
  readonly split: SplitName;
  readonly batchSize: number;
  readonly eval: boolean;
}

/** Right and wrong predictions that are shown, of each. */
const shown = 12;

type Subject = Omit<FiringExample, "guesses" | "firing">;

/**
 * Evaluates a run's checkpoint, and looks at which neurons fire for some images.
 *
 * @returns why nothing could be judged, where files that were not asked for are missing
 * @throws FileError when a file that was asked for cannot be read
 */
export async function judgeRun(log: RunLog, options: JudgeOptions): Promise<Judgement | string> {
  const path = options.checkpoint ?? join(log.folder, newestName);
  if (options.checkpoint === undefined && !existsSync(path)) {
    return `There is no ${path} yet; name another checkpoint with --checkpoint.`;
  }
  const checkpoint = await readModelFile({ checkpoint: path });
  const preprocessing = preprocessingFor(checkpoint, path);
  const names = classNamesOf(checkpoint, path);
  const set = await imagesFor(log, options, checkpoint, names);
  const given: Subject[] = [];
  for (const file of options.image ?? []) {
    given.push({ title: basename(file), pixels: await decodeImage(file, checkpoint.config, preprocessing, options) });
  }
  if (typeof set === "string" && given.length === 0) return set;

  await using device: Device = await openFor(options);
  const model = modelOf(device, checkpoint);
  const known = names ?? (typeof set === "string" ? undefined : set.classNames);
  const nameOf = (index: number): string => known?.[index] ?? String(index);
  const evaluated = typeof set === "string" ? set : await evaluateFor(model, set, preprocessing, options);
  const subjects = given.length > 0 || typeof evaluated === "string" ? given : fromExamples(evaluated.examples, nameOf);
  const firing =
    subjects.length > 0
      ? await firingOf(model, subjects, preprocessing)
      : "No image was given a class; name some with --image.";
  const { name: adapter } = device.capabilities;
  const { imageSize } = checkpoint.config;
  return { checkpoint: path, adapter, imageSize, nameOf, evaluated, firing };
}

/** The set to evaluate on, or why there is none; a set that was asked for must be there. */
async function imagesFor(
  log: RunLog,
  options: JudgeOptions,
  { config: { numClasses } }: Checkpoint,
  names: readonly string[] | undefined,
): Promise<Dataset | string> {
  if (!options.eval) return "Not evaluated: --no-eval.";
  if (options.data !== undefined) return readImages(options, options.split, { numClasses, names });
  const trained = typeof log.config === "object" ? log.config.data : undefined;
  const data = typeof trained === "string" ? { data: trained } : {};
  try {
    return await readImages({ ...options, ...data }, options.split, { numClasses, names });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return `Not evaluated: ${error.path}: ${error.reason}; name a set with --data.`;
  }
}

async function evaluateFor(model: SNNMLP, set: Dataset, preprocessing: Preprocessing, options: JudgeOptions) {
  const matrix = new ConfusionMatrix(model.config.numClasses);
  const examples = new Examples(shown);
  const evaluation = await evaluateWithProgress(model, set, preprocessing, options, {
    onImage: (image) => {
      matrix.add(image.label, image.predicted);
      examples.add(image);
    },
  });
  return { data: set.folder, evaluation, matrix, examples };
}

/** One the model is right about, and its surest mistake. */
function fromExamples({ right, wrong }: Examples, nameOf: (index: number) => string): Subject[] {
  return [right[0], wrong[0]].flatMap((example) => {
    if (!example) return [];
    const { index, label, pixels } = example;
    return [{ title: `no. ${index}: ${nameOf(label)}`, pixels }];
  });
}

async function firingOf(
  model: SNNMLP,
  subjects: readonly Subject[],
  preprocessing: Preprocessing,
): Promise<FiringExample[]> {
  using classifier = await Classifier.create(model, 1, preprocessing);
  using probe = await FiringProbe.create(model, 1, preprocessing);
  const found: FiringExample[] = [];
  for (const subject of subjects) {
    const scores = await classifier.logits(subject.pixels);
    const guesses = scores.every(Number.isFinite) ? likeliest(scores, 3) : [];
    found.push({ ...subject, guesses, firing: await probe.measure(subject.pixels) });
  }
  return found;
}
