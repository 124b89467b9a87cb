import type { Command } from "commander";
import { loadCheckpoint } from "../checkpoint/checkpoint.js";
import type { SnnmlpConfig } from "../config.js";
import { authorsMacs, type ExactMacs, exactMacs, parameterCount, published } from "../count.js";
import { isModelName, modelNames, models } from "../models.js";
import { type CommonOptions, withCommon } from "./options.js";
import { integer, printJson, printLine, table, UsageError } from "./output.js";

interface ModelInfo {
  readonly name: string;
  readonly parameters: number;
  /** By the authors' `flops()`. */
  readonly macs: number;
  readonly exactMacs: ExactMacs;
  /** What the paper says, for its three models. */
  readonly published?: { readonly parameters: number; readonly macs: number };
  readonly config: SnnmlpConfig;
}

/** `snnmlp info [MODEL]`: sizes and work of the named models, or of a checkpoint. */
export function addInfo(program: Command): void {
  const command = program
    .command("info")
    .description("print parameters and multiply-accumulates (MACs) per image of every model")
    .argument("[model]", `${modelNames.join(", ")}, or a checkpoint (.safetensors, .pt)`)
    .addHelpText("after", notes);
  withCommon(command).action(async (model: string | undefined, { json }: CommonOptions) => {
    const found = model === undefined ? modelNames.map((name) => describe(name, models[name])) : [await named(model)];
    if (json) printJson({ models: found });
    else print(found);
  });
}

const notes = `
MACs (authors): by the authors' flops(); the paper calls this figure FLOPs.
MACs (exact):   convolutions, depthwise, head, norms (2 per element) and LIF; --json has each.`;

async function named(model: string): Promise<ModelInfo> {
  if (isModelName(model)) return describe(model, models[model]);
  if (!/\.(safetensors|pt|pth)$/.test(model)) {
    throw new UsageError(
      `no model is called ${model}; take one of ${modelNames.join(", ")}, or a .safetensors or .pt file`,
    );
  }
  return describe(model, (await loadCheckpoint(model)).config);
}

function describe(name: string, config: SnnmlpConfig): ModelInfo {
  const paper = isModelName(name) ? published[name] : undefined;
  return {
    name,
    parameters: parameterCount(config),
    macs: authorsMacs(config),
    exactMacs: exactMacs(config),
    ...(paper && { published: paper }),
    config,
  };
}

function print(found: readonly ModelInfo[]): void {
  const header = ["model", "parameters", "MACs (authors)", "MACs (exact)", "input", "patch", "embed", "depths"];
  const rows = found.map(({ name, parameters, macs, exactMacs: exact, config }) => [
    name,
    integer(parameters),
    integer(macs),
    integer(exact.total),
    `${config.imageSize}x${config.imageSize}x${config.inChannels}`,
    String(config.patchSize),
    String(config.embedDim),
    config.depths.join(","),
  ]);
  for (const line of table([header, ...rows])) printLine(line);
}
