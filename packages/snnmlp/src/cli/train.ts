import { join } from "node:path";
import type { MemoryPlan } from "@snnmlp/tensor";
import type { Command } from "commander";
import { z } from "zod";
import { type Checkpoint, loadCheckpoint } from "../checkpoint/checkpoint.js";
import type { SnnmlpConfig } from "../config.js";
import { preprocessingOf } from "../data/preprocessing.js";
import { SafetensorsError } from "../file-error.js";
import { MetricsFile } from "../report/metrics.js";
import { defaultRun, type RunSettings, runSchema } from "../train/recipe.js";
import { adapterNote, openFor } from "./device.js";
import { describe, evaluateWithProgress } from "./eval.js";
import { type DataOptions, readImages, withData } from "./image-data.js";
import { checkpointName, namedConfig, quickstartFolder } from "./model-file.js";
import { type DeviceOptions, positiveNumber, wholeNumber, withDevice } from "./options.js";
import { integer, printJson, printLine, UsageError } from "./output.js";
import { Interrupted, trainInto } from "./train-into.js";

interface TrainOptions extends DeviceOptions, DataOptions {
  readonly quickstart: boolean;
  readonly model?: string;
  readonly steps?: number;
  readonly batch?: number;
  readonly lr?: number;
  readonly lifLr?: number;
  readonly weightDecay?: number;
  readonly clip?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly resume?: string;
  readonly saveEvery?: number;
  readonly eager: boolean;
  readonly checkpointActivations: boolean;
}

/** What the quickstart promises on MNIST. */
const promisedTop1 = 0.95;

/** `snnmlp train`: trains on MNIST or another IDX set, evaluates, and leaves a checkpoint and metrics.jsonl. */
export function addTrain(program: Command): void {
  const command = program
    .command("train")
    .description("train a model on a set of grey images, then evaluate it on the test half")
    .option("--quickstart", `pico on MNIST into ${quickstartFolder}, 300 updates; fails below 95 % top-1`, false)
    .option("--model <name>", "pico or nano (default: pico)")
    .option("--steps <n>", `updates in all (default: ${defaultRun.steps})`, wholeNumber(1))
    .option("--batch <n>", `images per update (default: ${defaultRun.batchSize})`, wholeNumber(1))
    .option("--lr <rate>", `highest learning rate of one cycle (default: ${defaultRun.learningRate})`, positiveNumber)
    .option("--lif-lr <rate>", `the same for tau and Vth (default: ${defaultRun.lifLearningRate})`, positiveNumber)
    .option("--weight-decay <share>", `of the main parameters (default: ${defaultRun.weightDecay})`, positiveNumber)
    .option("--clip <norm>", `largest gradient norm (default: ${defaultRun.clip})`, positiveNumber)
    .option("--seed <n>", `of first values and shuffling (default: ${defaultRun.seed})`, wholeNumber(0))
    .option("--out <folder>", "where the results go (default: runs/MODEL)")
    .option("--save-every <n>", "write the checkpoint after every n updates, too", wholeNumber(1))
    .option("--eager", "launch every op anew instead of replaying one recorded program; slower, for debugging", false)
    .option("--checkpoint-activations", "recompute activations in the backward pass: less memory, more time", false)
    .option("--resume <file>", "go on from a checkpoint of an unfinished run, with its settings")
    .addHelpText("after", notes);
  withDevice(withData(command)).action(run);
}

const notes = `
Writes ${checkpointName} and metrics.jsonl (one line per update, the evaluation last) into --out.
Ctrl-C ends the run after the update in flight, with a checkpoint that --resume goes on from; exit code 130.`;

interface Plan {
  readonly name: string;
  readonly config: SnnmlpConfig;
  readonly settings: RunSettings;
  readonly out: string;
  /** The checkpoint to go on from. */
  readonly from?: Checkpoint;
}

async function run(options: TrainOptions): Promise<void> {
  const { name, config, settings, out, from } = await planOf(options);
  const set = await readImages(options, "train", config);
  const testSet = await readImages(options, "test", config);
  const preprocessing = from?.preprocessing ?? preprocessingOf(set, config.imageSize);
  await using device = await openFor(options);
  if (!options.json) {
    const { steps, batchSize } = settings;
    printLine(`training ${name} on ${set.folder}: ${integer(set.count)} images, ${steps} updates of ${batchSize}`);
  }
  const { saveEvery, eager, checkpointActivations } = options;
  const onPlan = (plan: MemoryPlan): void => {
    if (!options.json) printLine(planNote(plan));
  };
  try {
    const job = {
      device,
      name,
      config,
      settings,
      set,
      preprocessing,
      out,
      from,
      saveEvery,
      eager,
      checkpointActivations,
      onPlan,
    };
    const { model, ...result } = await trainInto(job);
    const evaluation = await evaluateWithProgress(model, testSet, preprocessing, 100);
    using metrics = new MetricsFile(result.metrics, { keep: settings.steps });
    metrics.write({ step: settings.steps, evaluation });
    if (options.json) printJson({ adapter: adapterNote(device), model: name, ...settings, ...result, evaluation });
    else {
      const { seconds, imagesPerSecond, checkpoint } = result;
      printLine(`trained in ${seconds.toFixed(1)} s, ${imagesPerSecond.toFixed(0)} images/s`);
      printLine(describe(evaluation));
      printLine(`wrote ${checkpoint} and ${metrics.path}`);
    }
    if (options.quickstart && evaluation.top1 < promisedTop1) {
      throw new Error(
        `top-1 ${evaluation.top1} is below the ${promisedTop1} the quickstart promises; run snnmlp doctor`,
      );
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    process.exitCode = 130;
    printLine(error.message);
  }
}

/** What a step needs, before it runs: `one step: 293 launches, 77.7 MB (...)`. */
function planNote({ dispatches, peakBytes, capturedBytes, arenaBytes, largest }: MemoryPlan): string {
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const parts = `${mb(capturedBytes)} parameters, state and inputs, ${mb(arenaBytes)} activations`;
  const top = largest[0] ? `; largest: ${largest[0].op} ${mb(largest[0].bytes)}` : "";
  return `one step: ${dispatches} launches, ${mb(peakBytes)} (${parts}${top})`;
}

async function planOf(options: TrainOptions): Promise<Plan> {
  const given = settingsGiven(options);
  if (options.resume !== undefined) return resumed(options.resume, options);
  if (options.quickstart && (options.model !== undefined || Object.keys(given).some((name) => name !== "seed"))) {
    throw new UsageError("--quickstart has settings of its own; leave it out to choose others");
  }
  const name = options.model ?? "pico";
  const out = options.out ?? (options.quickstart ? quickstartFolder : join("runs", name));
  return { name, config: namedConfig(name), settings: { ...defaultRun, ...given }, out };
}

function settingsGiven(options: TrainOptions): Partial<RunSettings> {
  const given = {
    steps: options.steps,
    batchSize: options.batch,
    learningRate: options.lr,
    lifLearningRate: options.lifLr,
    weightDecay: options.weightDecay,
    clip: options.clip,
    seed: options.seed,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const resumeSchema = z.object({ model: z.string(), run: runSchema });

async function resumed(path: string, options: TrainOptions): Promise<Plan> {
  if (options.quickstart || options.model !== undefined || Object.keys(settingsGiven(options)).length > 0) {
    throw new UsageError(
      "--resume takes its settings from the checkpoint; only --data, --out and --save-every may change",
    );
  }
  const from = await loadCheckpoint(path);
  const parsed = resumeSchema.safeParse({
    model: from.notes.get("model"),
    run: JSON.parse(from.notes.get("run") ?? "null"),
  });
  if (!parsed.success) {
    throw new SafetensorsError(path, "it does not come from an unfinished run", "name the checkpoint of a run");
  }
  const { model: name, run: settings } = parsed.data;
  if (Number(from.notes.get("step")) >= settings.steps) {
    throw new SafetensorsError(
      path,
      `the run is finished after ${settings.steps} updates`,
      "start another with --steps",
    );
  }
  const out = options.out ?? join(path, "..");
  return { name, config: from.config, settings, out, from };
}
