import type { Dataset } from "../data/dataset.js";
import type { TrainingBatches } from "../data/loader/training-batches.js";
import { preprocessingOf } from "../data/preprocessing.js";
import type { RunIdentity } from "../train/same-run.js";
import { classesOf, type DataOptions, namesOnce, readImages, trainingBatches } from "./image-data.js";
import { classNamesOf } from "./model-file.js";
import type { TrainingPlan } from "./train-plan.js";

/** The data of a planned run, and the run with everything that the data decides. */
export interface TrainingData {
  readonly identity: RunIdentity;
  readonly batches: TrainingBatches;
  readonly testSet: Dataset;
  /** How both are read. */
  readonly options: DataOptions;
}

/** Opens the sets of a plan; images are not read yet. @throws DatasetError, ConfigError */
export async function trainingData(
  given: DataOptions & { readonly numClasses?: number; readonly resume?: string },
  plan: TrainingPlan,
): Promise<TrainingData> {
  const { settings, from } = plan;
  const options = { ...given, ...(plan.data !== undefined && { data: plan.data }), onBadImage: namesOnce() };
  const trained = from && classNamesOf(from, given.resume ?? "");
  const set = await readImages(options, "train", { names: trained });
  const { classNames = trained } = set;
  const fixed = from !== undefined || given.numClasses !== undefined;
  const numClasses = fixed ? plan.config.numClasses : classesOf(set, plan.config);
  const config = { ...plan.config, numClasses };
  const testSet = await readImages(options, "val", { numClasses, names: classNames });
  const preprocessing = preprocessingOf(set, config);
  const { batchSize, seed, augment } = settings;
  const batches = trainingBatches(set, options, { config, preprocessing, batchSize, seed, augment });
  return { identity: { config, settings, preprocessing, images: set.count, classNames }, batches, testSet, options };
}
