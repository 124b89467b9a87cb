import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { type Checkpoint, loadCheckpoint } from "../checkpoint/checkpoint.js";
import { ConfigError, type SnnmlpConfig } from "../config.js";
import { emptyLayer, type Layer, mergeLayers } from "../config-file/layer.js";
import { readConfigFile, readOpts } from "../config-file/read-config.js";
import { SafetensorsError } from "../file-error.js";
import { isModelName } from "../models.js";
import { type RecipeName, type RunSettings, recipeNames, recipes, runSchema } from "../train/recipe.js";
import { modelConfig, modelName } from "./model-config.js";
import { quickstartFolder } from "./model-file.js";
import { UsageError } from "./output.js";
import { planSettings, withOneLength } from "./plan-settings.js";
import { flagLayer } from "./train-flags.js";

/** The options of `train` that decide what is trained. */
export interface PlanOptions {
  readonly quickstart: boolean;
  readonly model?: string;
  readonly recipe?: string;
  readonly cfg?: string;
  readonly opts?: readonly string[];
  readonly data?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly epochs?: number;
  readonly steps?: number;
  readonly checkpointActivations: boolean;
}

/** A run with everything decided but the data's own facts. */
export interface TrainingPlan {
  readonly name: string;
  readonly config: SnnmlpConfig;
  readonly settings: RunSettings;
  readonly out: string;
  readonly data?: string;
  readonly checkpointActivations: boolean;
  /** Keys of the configuration that have no meaning here. */
  readonly ignored: readonly string[];
  /** The checkpoint to go on from. */
  readonly from?: Checkpoint;
}

/**
 * Decides what `train` does: defaults of the recipe and the model, then `--cfg`, `--opts` and the flags, each over those
 * before.
 *
 * @throws UsageError, ConfigError, RecipeError, SafetensorsError
 */
export async function planOf(options: PlanOptions): Promise<TrainingPlan> {
  const flags = flagLayer({ ...options });
  if (options.epochs !== undefined && options.steps !== undefined) {
    throw new UsageError("--epochs and --steps each say how long the run is; leave one out");
  }
  if (options.resume !== undefined) return resumed(options.resume, options, flags);
  if (options.quickstart) checkQuickstart(options, flags);
  const { model, recipe, data, out, checkpointActivations } = options;
  const named: Layer = {
    ...emptyLayer,
    run: {
      ...(model !== undefined && { model }),
      ...(recipe !== undefined && { recipe }),
      ...(data !== undefined && { data }),
      ...(out !== undefined && { out }),
      ...(checkpointActivations && { checkpointActivations }),
    },
  };
  const file = options.cfg === undefined ? emptyLayer : readConfigFile(options.cfg);
  if (model !== undefined) checkModel(model, file, options.cfg ?? "");
  const { run, ...layer } = mergeLayers(withOneLength([file, optsLayer(options.opts ?? []), flags, named]));
  const name = modelName(run);
  return {
    name,
    config: modelConfig(name, run.authors ?? false, layer.model),
    settings: planSettings(recipes[recipeName(name, run.recipe, run.authors ?? false)], { run, ...layer }, options),
    out: run.out ?? (options.quickstart ? quickstartFolder : join("runs", name)),
    ...(run.data !== undefined && { data: run.data }),
    checkpointActivations: run.checkpointActivations ?? false,
    ignored: layer.ignored,
  };
}

/** What the named models differ in. */
const shapeFields = ["embedDim", "depths", "patchSize"];

/** @throws UsageError where a file describes another model than the one that is named */
function checkModel(name: string, { model: given }: Layer, file: string): void {
  if (!isModelName(name)) return;
  const named: Readonly<Record<string, unknown>> = modelConfig(name, false, {});
  const differs = ([field, value]: [string, unknown]): boolean =>
    shapeFields.includes(field) && JSON.stringify(named[field]) !== JSON.stringify(value);
  const other = Object.entries(given).find(differs);
  if (other === undefined) return;
  const [field, value] = other;
  throw new UsageError(`--model ${name} has ${field} ${named[field]}, ${file} says ${value}; leave one of the two out`);
}

function optsLayer(words: readonly string[]): Layer {
  try {
    return readOpts(words);
  } catch (cause) {
    if (cause instanceof ConfigError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

function checkQuickstart(options: PlanOptions, { model, recipe }: Layer): void {
  const others = [...Object.keys(model), ...Object.keys(recipe)].filter((name) => name !== "seed");
  const named = [options.model, options.recipe, options.cfg, options.opts];
  if (others.length === 0 && named.every((value) => value === undefined)) return;
  throw new UsageError("--quickstart has settings of its own; leave it out to choose others");
}

function recipeName(model: string, given: string | undefined, authors: boolean): RecipeName {
  if (given === undefined) return authors || ["tiny", "small", "base"].includes(model) ? "imagenet" : "digits";
  const found = recipeNames.find((name) => name === given);
  if (found) return found;
  throw new UsageError(`no recipe is called ${given}; take one of ${recipeNames.join(", ")}`);
}

/** The plan as an object whose YAML `--cfg` reads back to the same run. */
export function planDocument({ name, config, settings, data, checkpointActivations }: TrainingPlan): object {
  const where = { ...(data !== undefined && { data }), checkpointActivations };
  return { model: { name, ...config }, recipe: settings, ...where };
}

/** The plan as a file that `--cfg` reads back to the same run. */
export const planYaml = (plan: TrainingPlan): string => stringify(planDocument(plan), { flowCollectionPadding: false });

const resumeSchema = z.object({ model: z.string(), run: runSchema });

async function resumed(path: string, options: PlanOptions, { model, recipe }: Layer): Promise<TrainingPlan> {
  const others = [options.model, options.recipe, options.cfg, options.opts].some((value) => value !== undefined);
  if (options.quickstart || others || Object.keys({ ...model, ...recipe }).length > 0) {
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
  return {
    name: parsed.data.model,
    config: from.config,
    settings: parsed.data.run,
    out: options.out ?? join(path, ".."),
    ...(options.data !== undefined && { data: options.data }),
    checkpointActivations: options.checkpointActivations,
    ignored: [],
    from,
  };
}
