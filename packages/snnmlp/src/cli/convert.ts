import { existsSync } from "node:fs";
import type { Command } from "commander";
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from "../checkpoint/checkpoint.js";
import { loadPytorch, type PytorchContents } from "../checkpoint/pytorch/load.js";
import { isPytorchFile } from "../checkpoint/pytorch/magic.js";
import type { Preprocessing } from "../data/preprocessing.js";
import { SafetensorsError } from "../file-error.js";
import { modelNames } from "../models.js";
import { namedConfig } from "./model-config.js";
import { type CommonOptions, lifGroup, numberList, wholeNumber, withCommon } from "./options.js";
import { integer, printJson, printLine, printNote, UsageError } from "./output.js";

interface ConvertOptions extends CommonOptions {
  readonly model?: string;
  readonly imageSize?: number;
  readonly lif?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly padding: number;
  readonly force: boolean;
}

/** `snnmlp convert IN OUT`: a PyTorch file, or a checkpoint of a training run, as a safetensors file for inference. */
export function addConvert(program: Command): void {
  const command = program
    .command("convert")
    .description("turn a PyTorch checkpoint (.pt, .pth) into .safetensors; nothing in it is executed")
    .argument("<in>", "a file of torch.save(): the authors' {model, ...} or a bare state dict; or a .safetensors file")
    .argument("<out>", "the .safetensors file to write")
    .option("--model <name>", `which model the file holds, where it does not say so: ${modelNames.join(", ")}`)
    .option("--image-size <n>", "height and width of its images, where the file does not say so", wholeNumber(1))
    .option("--lif <n>", "positions a LIF integrates over, where the file does not say so", lifGroup)
    .option(
      "--mean <list>",
      "of each channel, with --std, from 0 to 1: how images are normalised, as 0.1307",
      numberList,
    )
    .option("--std <list>", "see --mean; colour models that do not say take ImageNet's", numberList)
    .option("--padding <n>", "zero pixels around each image, with --mean", wholeNumber(0), 0)
    .option("--force", "overwrite <out>", false)
    .addHelpText("after", notes);
  withCommon(command).action(async (from: string, to: string, options: ConvertOptions) => {
    if (!to.endsWith(".safetensors"))
      throw new UsageError(`${to} is to be written as safetensors; name it *.safetensors`);
    if (from === to) throw new UsageError("in and out are the same file; name another to write");
    if (existsSync(to) && !options.force) {
      throw new SafetensorsError(to, "it exists already", "overwrite it with --force, or name another");
    }
    const { checkpoint, contents } = await read(from, options);
    const notes = new Map(checkpoint.notes).set("source", from);
    const preprocessing = preprocessingGiven(options, checkpoint) ?? checkpoint.preprocessing;
    await saveCheckpoint(to, { ...checkpoint, preprocessing, training: new Map(), notes });
    noteNotFinite(from, checkpoint);
    report(from, to, checkpoint, contents, options.json);
  });
}

const notes = `
Parameters become float32. Optimisers, schedulers and the authors' config are left out; the config says image size, LIF
group and drop path. Works with what torch.save() writes since PyTorch 1.6.`;

async function read(
  path: string,
  { model, imageSize, lif }: ConvertOptions,
): Promise<{ checkpoint: Checkpoint; contents?: PytorchContents }> {
  const config = model === undefined ? undefined : namedConfig(model);
  const untold = { ...(imageSize !== undefined && { imageSize }), ...(lif !== undefined && { lifGroup: lif }) };
  if (config && Object.keys(untold).length > 0) {
    throw new UsageError("--model names image size and LIF group, too; leave out --image-size and --lif");
  }
  if (await isPytorchFile(path)) return loadPytorch(path, { untold, ...(config && { config }) });
  return { checkpoint: await loadCheckpoint(path, config) };
}

function preprocessingGiven({ mean, std, padding }: ConvertOptions, { config }: Checkpoint): Preprocessing | undefined {
  if (!mean && !std) return undefined;
  const channels = config.inChannels;
  if (mean?.length === channels && std?.length === channels && std.every((value) => value > 0)) {
    return { mean, std, padding };
  }
  throw new UsageError(`--mean and --std take ${channels} numbers each, one per channel, --std above 0`);
}

/** A diverged run's model can be looked at, but gives no scores: that is better said now. */
function noteNotFinite(from: string, { parameters }: Checkpoint): void {
  const found = [...parameters].map(([name, { data }]) => ({
    name,
    count: data.filter((x) => !Number.isFinite(x)).length,
  }));
  const [first, ...others] = found.filter(({ count }) => count > 0);
  if (!first) return;
  const size = parameters.get(first.name)?.data.length;
  const rest = others.length > 0 ? `, and ${others.length} more parameters hold such values` : "";
  printNote(
    `${from}: ${first.count} of ${size} values of ${first.name} are not finite${rest}; the model gives no scores`,
  );
}

function report(
  from: string,
  to: string,
  { config, parameters, notes }: Checkpoint,
  contents: PytorchContents | undefined,
  json: boolean,
): void {
  const count = [...parameters.values()].reduce((sum, { data }) => sum + data.length, 0);
  if (json) {
    printJson({ from, to, parameters: count, config, ...contents });
    return;
  }
  const { imageSize, inChannels, patchSize, embedDim, depths, lifGroup: group, numClasses } = config;
  printLine(`${from}: ${contents?.layout ?? "a checkpoint"}`);
  const input = `${imageSize}x${imageSize}x${inChannels}, patch ${patchSize}`;
  printLine(
    `model: ${input}, embed ${embedDim}, depths ${depths.join(",")}, LIF group ${group}, ${numClasses} classes`,
  );
  for (const [name, value] of [
    ["epoch", notes.get("epoch")],
    ["max_accuracy", notes.get("max_accuracy")],
  ] as const) {
    if (value !== undefined) printLine(`${name}: ${value}`);
  }
  if (contents && contents.assumed.length > 0) printLine(`assumed: ${contents.assumed.join(", ")}`);
  if (contents && contents.leftOut.length > 0) printLine(`left out: ${contents.leftOut.join(", ")}`);
  printLine(`wrote ${to}: ${integer(count)} parameters`);
}
