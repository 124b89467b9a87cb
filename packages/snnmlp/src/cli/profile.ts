import { type Ceilings, type Clock, type Device, measureCeilings } from "@snnmlp/tensor";
import { type Command, Option } from "commander";
import { SNNMLP } from "../model/snnmlp.js";
import { modelNames } from "../models.js";
import { type KernelTime, profileStep, type StepProfile } from "../profile/profile-step.js";
import { randomBatch } from "../profile/random-batch.js";
import { writeTrace } from "../profile/trace-file.js";
import { Classifier } from "../train/evaluate.js";
import { TrainingStep } from "../train/step.js";
import { adapterNote, openFor } from "./device.js";
import { namedConfig } from "./model-config.js";
import { type DeviceOptions, wholeNumber, withDevice, withPrecision } from "./options.js";
import { printJson, printLine, table } from "./output.js";

interface ProfileOptions extends DeviceOptions {
  readonly model: string;
  readonly batchSize: number;
  readonly steps: number;
  readonly forward: boolean;
  readonly eager: boolean;
  readonly clock?: Clock;
  readonly trace?: string;
}

/** `snnmlp profile`: where the time of a training step goes, kernel by kernel. */
export function addProfile(program: Command): void {
  const command = program
    .command("profile")
    .description("time every kernel of a training step and hold it against what the adapter can do")
    .option("--model <name>", modelNames.join(", "), "nano")
    .option("--batch-size <n>", "images a step", wholeNumber(1), 32)
    .option("--steps <n>", "profiled steps; times are means over them", wholeNumber(1), 5)
    .option("--forward", "only the forward pass", false)
    .option("--eager", "launch every op anew instead of replaying a Program", false)
    .addOption(new Option("--clock <which>", "default: gpu if the adapter has it").choices(["gpu", "wall"]))
    .option("--trace <file>", "write a timeline that chrome://tracing and ui.perfetto.dev open")
    .addHelpText("after", notes);
  withPrecision(withDevice(command)).action(run);
}

const notes = `
Images are noise. Each dispatch gets a compute pass of its own with a timestamp before and after it, or without
timestamp-query a submit of its own and the wall clock; "as usual" is the step without that.
The wall clock adds about 0.1 ms to every dispatch.
GB/s and GFLOP/s count what a kernel must move and compute, each value once. The share of the ceiling is the time the
busier of the two would take at the measured copy bandwidth or multiply-add rate, over the time it took: caches can
lift it above 100 %.`;

async function run(options: ProfileOptions): Promise<void> {
  namedConfig(options.model);
  await using device = await openFor(options);
  const ceilings = await measureCeilings(device);
  const step = await stepOf(device, options);
  for (let i = 0; i < 2; i++) await step();
  const profile = await profileStep(device, step, options);
  if (options.trace !== undefined) await writeTrace(options.trace, profile, device.capabilities.name);
  if (options.json) {
    const { steps: _timelines, kernels, ...totals } = profile;
    const { model, batchSize, steps, forward, eager } = options;
    const what = { model, batchSize, steps, forward, eager };
    const rated = kernels.map((kernel) => ({ ...kernel, ceilingShare: ceilingShare(kernel, ceilings) }));
    printJson({ adapter: adapterNote(device), ...what, ceilings, ...totals, kernels: rated });
  } else print(profile, ceilings, options);
}

async function stepOf(device: Device, options: ProfileOptions): Promise<() => Promise<unknown>> {
  const { batchSize, eager } = options;
  const config = namedConfig(options.model);
  const model = new SNNMLP(device, config);
  const { images, labels, preprocessing } = randomBatch(config, batchSize);
  if (options.forward) {
    const classifier = await Classifier.create(model, batchSize, preprocessing);
    return () => classifier.logits(images);
  }
  const settings = { batchSize, preprocessing, clip: 5, weightDecay: 0.05, seed: 0, eager };
  const step = await TrainingStep.create(model, settings);
  let update = 0;
  return () => step.run({ images, labels }, ++update, { main: 1e-4, lif: 1e-4 });
}

/** The least time the ceilings allow over the time taken. */
const ceilingShare = ({ ms, bytes, flops }: KernelTime, { bytesPerSecond, flopsPerSecond }: Ceilings): number =>
  Math.max(bytes / bytesPerSecond, flops / flopsPerSecond) / (ms / 1000);

function print(profile: StepProfile, ceilings: Ceilings, { model, batchSize, steps, forward, trace }: ProfileOptions) {
  const { kernels, kernelMs, betweenMs, hostMs, restMs, wallMs, usualMs, usualHostMs, clock } = profile;
  const giga = (perSecond: number): string => (perSecond / 1e9).toFixed(1);
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const dispatches = kernels.reduce((sum, kernel) => sum + kernel.dispatches, 0);
  printLine(
    `${forward ? "forward pass" : "training step"} of ${model}, batch ${batchSize}, mean of ${steps}, ${clock} clock; ` +
      `ceilings: copy ${giga(ceilings.bytesPerSecond)} GB/s, multiply-add ${giga(ceilings.flopsPerSecond)} GFLOP/s`,
  );
  const header = ["kernel", "count", "ms", "of step", "GB/s", "GFLOP/s", "of ceiling"];
  const rows = kernels.map((kernel) => [
    kernel.kernel,
    String(kernel.dispatches),
    kernel.ms.toFixed(3),
    percent(kernel.ms / wallMs),
    giga((1000 * kernel.bytes) / kernel.ms),
    giga((1000 * kernel.flops) / kernel.ms),
    percent(ceilingShare(kernel, ceilings)),
  ]);
  const part = (name: string, ms: number) => [name, "", ms.toFixed(3), percent(ms / wallMs)];
  const totals = [
    ["all kernels", String(dispatches), kernelMs.toFixed(3), percent(kernelMs / wallMs)],
    part("between kernels", betweenMs),
    part("host, while the GPU waits", hostMs),
    part("unaccounted: waking, waiting, reading", restMs),
    part("profiled step", wallMs),
    part("step as usual", usualMs),
  ];
  for (const line of table([header, ...rows, ...totals])) printLine(line);
  const perDispatch = ((1000 * usualHostMs) / dispatches).toFixed(1);
  printLine(`as usual the host works ${usualHostMs.toFixed(3)} ms before it waits, ${perDispatch} us a dispatch`);
  if (trace !== undefined) printLine(`wrote ${trace}: open it in ui.perfetto.dev or chrome://tracing`);
}
