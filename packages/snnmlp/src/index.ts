export { type Checkpoint, type FloatTensor, loadCheckpoint, saveCheckpoint } from "./checkpoint/checkpoint.js";
export type { SafetensorsDType, TensorData } from "./checkpoint/dtype.js";
export { PytorchFile } from "./checkpoint/pytorch/file.js";
export { loadPytorch, type PytorchContents } from "./checkpoint/pytorch/load.js";
export { type PickleMap, PickleObject, type PickleValue, TensorRef } from "./checkpoint/pytorch/values.js";
export { readSafetensors, type Safetensors, type StoredTensor } from "./checkpoint/read-safetensors.js";
export { type TensorToStore, writeSafetensors } from "./checkpoint/write-safetensors.js";
export {
  ConfigError,
  parseConfig,
  type SnnmlpConfig,
  type SnnmlpConfigInput,
  type Stage,
  type Surrogate,
  stagesOf,
  surrogates,
} from "./config.js";
export { authorsMacs, type ExactMacs, exactMacs, parameterCount, published } from "./count.js";
export type { Sampling } from "./data/augment/affine.js";
export { colorJitter } from "./data/augment/color-jitter.js";
export { randomCropArea } from "./data/augment/crop.js";
export { erasingRectangle } from "./data/augment/erasing.js";
export { type EvalOptions, evalTransform } from "./data/augment/eval-transform.js";
export {
  increasingOperations,
  type Operation,
  type OperationName,
  operationNames,
  operations,
} from "./data/augment/operations.js";
export { type PictureKey, type PictureRandom, pictureRandom } from "./data/augment/picture-random.js";
export { applyOperations, type DrawnOperation, drawOperations } from "./data/augment/rand-augment.js";
export { authorsPolicy, parseRandAugment, type RandAugmentPolicy } from "./data/augment/rand-augment-policy.js";
export {
  type AugmentSettings,
  type AugmentSettingsInput,
  augmentSettings,
  authorsAugment,
  noAugment,
} from "./data/augment/settings.js";
export {
  type DrawnAugmentation,
  type TrainOptions,
  type TrainPicture,
  trainTransform,
} from "./data/augment/train-transform.js";
export type { Batch, BatchSource, Waits } from "./data/batches.js";
export type { Dataset, Sample, SplitName } from "./data/dataset.js";
export { type DecodeOptions, decode } from "./data/decode.js";
export { type IdxArray, readIdx } from "./data/idx.js";
export { decodeImage } from "./data/image.js";
export { type ImageSet, loadImageSet } from "./data/image-set.js";
export { toChannelsFirst, toChannelsLast } from "./data/layout.js";
export { BadImages } from "./data/loader/bad-images.js";
export type { LoaderOptions } from "./data/loader/batch-loader.js";
export { EvaluationBatches } from "./data/loader/evaluation-batches.js";
export { TrainingBatches } from "./data/loader/training-batches.js";
export { findMnist } from "./data/mnist.js";
export type { Area, Pixels } from "./data/pixels.js";
export type { Preparation } from "./data/prepare.js";
export { imagenetPreprocessing, type Preprocessing, preprocessingOf } from "./data/preprocessing.js";
export { type ResizeOptions, resize } from "./data/resize.js";
export type { Interpolation } from "./data/resize-taps.js";
export { type ClassNames, readClassNames } from "./data/sets/class-names.js";
export { type DatasetOptions, openDataset } from "./data/sets/open-dataset.js";
export type { ZipPlace } from "./data/sets/zip-file.js";
export { shuffledOrder } from "./data/shuffle.js";
export { type Finding, inspectEnvironment } from "./doctor/environment.js";
export { type SelfTest, selfTest } from "./doctor/self-test.js";
export {
  DatasetError,
  FileError,
  ImageError,
  PytorchFileError,
  RunFolderError,
  SafetensorsError,
} from "./file-error.js";
export { isLif, SNNMLP, type StateDict, StateDictError, snnmlpBase, snnmlpSmall, snnmlpTiny } from "./model/snnmlp.js";
export { toInternal, toPyTorch, weightLayout } from "./model/weights.js";
export {
  isModelName,
  type ModelName,
  modelNames,
  models,
} from "./models.js";
export { type ParameterShape, parameterShapes } from "./parameters.js";
export { type KernelTime, profileStep, type StepProfile, type StepTimeline } from "./profile/profile-step.js";
export { randomBatch } from "./profile/random-batch.js";
export { authorsProtocol, forwardOfNoise, measureThroughput, type Throughput } from "./profile/throughput.js";
export { traceEvents, writeTrace } from "./profile/trace-file.js";
export { type ClassScore, ConfusionMatrix } from "./report/confusion.js";
export { crc32c } from "./report/crc32c.js";
export { Examples } from "./report/examples.js";
export { type EarlierMetrics, earlierMetrics, MetricsFile, type StepMetrics } from "./report/metrics.js";
export { type Judgement, reportPage } from "./report/page/page.js";
export { duration, Progress, type ProgressState } from "./report/progress.js";
export { type MetricsLine, RunError, type RunLog, readRunLog } from "./report/run-log.js";
export { RunRecorder } from "./report/run-recorder.js";
export { TensorBoardWriter } from "./report/tensorboard.js";
export { oneCycle, type Schedule, warmupCosine, warmupStep } from "./schedule.js";
export { AdamW, type AdamWOptions } from "./train/adamw.js";
export { beta, type Uniform } from "./train/beta.js";
export type { EpochSummary } from "./train/epoch-meter.js";
export { Classifier, type Evaluation, evaluate, type JudgedImage } from "./train/evaluate.js";
export { FiringProbe, type LifFiring } from "./train/firing.js";
export { type Guess, likeliest } from "./train/likeliest.js";
export { cutOf, type Mixing, type MixingSettings, mixingOf, type Rectangle } from "./train/mixing.js";
export {
  DivergedError,
  type NotFinitePolicy,
  notFinitePolicies,
  type SkippedUpdate,
} from "./train/not-finite-policy.js";
export { checkPosition, positionNotes } from "./train/position.js";
export { RecentRate } from "./train/recent-rate.js";
export { RecipeError, type RecipeName, type RunSettings, recipeNames, recipes, withSettings } from "./train/recipe.js";
export { averageName, bestName, newestName, RunFolder, stepOf } from "./train/run-folder.js";
export type { EvaluateModel } from "./train/run-judge.js";
export { type Difference, firstDifference, type RunIdentity } from "./train/same-run.js";
export { SaveClock } from "./train/save-clock.js";
export { type RunSchedules, schedulesOf } from "./train/schedules.js";
export { checkSameData, isFinished, type Standing, standingOf } from "./train/standing.js";
export type { Start } from "./train/starting-point.js";
export { optimiserState, ResumeError, restoreOptimiserState } from "./train/state.js";
export { type Rates, type StepResult, TrainingStep, type TrainingStepOptions } from "./train/step.js";
export type { StepInputOptions, TrainingBatch } from "./train/step-inputs.js";
export { Interrupted, type TrainingJob, type TrainingResult, trainInto } from "./train/train-into.js";
export { type TrainingRun, train } from "./train/trainer.js";
export { type Comparison, compare, type Measure, worst } from "./verify/compare.js";
export {
  type Fixture,
  type LifFixture,
  type ModelFixture,
  readFixture,
  type TrainingFixture,
} from "./verify/fixture.js";
export { FixtureError } from "./verify/fixture-reader.js";
export type { LifCase } from "./verify/lif-case.js";
export type { LifSettings, Recipe } from "./verify/metadata.js";
export { type Verification, verify } from "./verify/verify.js";
