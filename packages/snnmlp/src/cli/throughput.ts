import { type Device, LimitError } from "@snnmlp/tensor";
import type { Command } from "commander";
import { parameterCount } from "../count.js";
import { SNNMLP } from "../model/snnmlp.js";
import { modelNames } from "../models.js";
import { randomBatch } from "../profile/random-batch.js";
import { authorsProtocol, forwardOfNoise, measureThroughput, type Throughput } from "../profile/throughput.js";
import { Progress } from "../report/progress.js";
import { TrainingStep } from "../train/step.js";
import { adapterNote, openFor } from "./device.js";
import { namedConfig } from "./model-config.js";
import { modelOf, readModelFile } from "./model-file.js";
import { type DeviceOptions, wholeNumber, withDevice, withPrecision } from "./options.js";
import { integer, printJson, printLine, printNote, UsageError } from "./output.js";

interface ThroughputOptions extends DeviceOptions {
  readonly model?: string;
  readonly cfg?: string;
  readonly checkpoint?: string;
  readonly batchSize: number;
  readonly warmup: number;
  readonly iterations: number;
  readonly forward: boolean;
  readonly train: boolean;
}

const defaultModel = "tiny";

/** `snnmlp throughput`: images per second by the authors' protocol. */
export function addThroughput(program: Command): void {
  const { batchSize, warmup, iterations } = authorsProtocol;
  const command = program
    .command("throughput")
    .description("images per second of the forward pass and of the training step, by the authors' protocol")
    .option("--model <name>", `${modelNames.join(", ")} (default: ${defaultModel}, or what the checkpoint holds)`)
    .option("--cfg <file.yaml>", "the same by the authors' YAML file")
    .option("--checkpoint <file>", "take config and weights from a file")
    .option("--batch-size <n>", "images a batch", wholeNumber(1), batchSize)
    .option("--warmup <n>", "batches before the clock starts", wholeNumber(0), warmup)
    .option("--iterations <n>", "timed batches", wholeNumber(1), iterations)
    .option("--forward", "only the forward pass, as the authors do", false)
    .option("--train", "only the training step", false)
    .addHelpText("after", notes);
  withPrecision(withDevice(command)).action(run);
}

const notes = `
Images are noise. The forward pass takes them from the device, as the authors do; the training step uploads its batch.
Images per second: all timed batches over the time from the end of the warm-up to the end of the last. On a CPU the
larger models take minutes to hours; the progress line tells after the first batch, --iterations and --warmup shorten it.`;

async function run(options: ThroughputOptions): Promise<void> {
  const { batchSize, warmup, iterations, forward, train } = options;
  if (forward && train) throw new UsageError("--forward and --train are each alone; leave both out to measure both");
  const { name, create } = await source(options);
  await using device = await openFor(options);
  const model = create(device);
  const { imageSize, inChannels } = model.config;
  const parameters = parameterCount(model.config);
  const image = `${imageSize}x${imageSize}x${inChannels}`;
  printNote(
    `${name}, ${integer(parameters)} parameters: batches of ${batchSize} images ${image}, ` +
      `${warmup} to warm up and ${iterations} timed`,
  );
  const results: Record<string, Measured> = {};
  try {
    if (!train) results.forward = await measure("forward", options, await forwardOfNoise(model, batchSize));
    if (!forward) results.training = await measure("training", options, await trainingOf(model, batchSize));
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    const { op, limit, requested, allowed } = error;
    const most = Math.floor((batchSize * allowed) / requested);
    const fix = most > 0 ? `choose --batch-size ${most} or less` : "choose a smaller model";
    throw new LimitError(op, limit, requested, allowed, fix);
  }
  const what = { model: name, parameters, imageSize, inChannels, batchSize, warmup, iterations };
  if (options.json) printJson({ adapter: adapterNote(device), ...what, ...results });
}

/** The model to measure, not yet on a device, so that a wrong name or file is told before one is opened. */
async function source({ cfg, model = cfg, checkpoint: path }: ThroughputOptions) {
  if (path === undefined) {
    const name = model ?? defaultModel;
    const config = namedConfig(name);
    return { name, create: (device: Device) => new SNNMLP(device, config) };
  }
  const checkpoint = await readModelFile({ checkpoint: path, ...(model !== undefined && { model }) });
  return { name: path, create: (device: Device) => modelOf(device, checkpoint) };
}

interface Runner {
  readonly run: () => Promise<unknown>;
  readonly plan: { readonly peakBytes: number } | undefined;
  readonly dispose: () => void;
}

/** Updates at a rate of nearly 0, so that noise does not drive the weights to infinity. */
async function trainingOf(model: SNNMLP, batchSize: number): Promise<Runner> {
  const { images, labels, preprocessing } = randomBatch(model.config, batchSize);
  const step = await TrainingStep.create(model, { batchSize, preprocessing, clip: 5, weightDecay: 0.05, seed: 0 });
  let update = 0;
  const run = () => step.run({ images, labels }, ++update, { main: 1e-8, lif: 1e-8 });
  return { run, plan: step.plan, dispose: () => step.dispose() };
}

interface Measured extends Throughput {
  /** Memory of the recorded Program, parameters included. */
  readonly peakBytes: number | undefined;
}

async function measure(label: string, options: ThroughputOptions, runner: Runner): Promise<Measured> {
  const { batchSize, warmup, iterations, json } = options;
  const total = warmup + iterations;
  using progress = new Progress(label.padEnd(8), total);
  const start = performance.now();
  const onBatch = (done: number): void => {
    const imagesPerSecond = (1000 * done * batchSize) / (performance.now() - start);
    progress.update({ step: done, imagesPerSecond, secondsLeft: ((total - done) * batchSize) / imagesPerSecond });
  };
  try {
    const found = await measureThroughput(runner.run, { batchSize, warmup, iterations, onBatch });
    const result = { ...found, peakBytes: runner.plan?.peakBytes };
    progress[Symbol.dispose]();
    if (!json) printLine(describe(label, result));
    return result;
  } finally {
    runner.dispose();
  }
}

function describe(label: string, { imagesPerSecond, medianMs, minMs, peakBytes }: Measured): string {
  const rate = imagesPerSecond >= 100 ? imagesPerSecond.toFixed(0) : imagesPerSecond.toPrecision(3);
  const memory = peakBytes === undefined ? "" : `, ${(peakBytes / 1e6).toFixed(1)} MB`;
  const times = `${medianMs.toFixed(2)} ms a batch (median; fastest ${minMs.toFixed(2)} ms)`;
  return `${label.padEnd(8)}  ${rate} images/s, ${times}${memory}`;
}
