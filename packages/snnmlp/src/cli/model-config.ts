import { parseConfig, type SnnmlpConfig } from "../config.js";
import type { Layer, RunKeys } from "../config-file/layer.js";
import { readConfigFile } from "../config-file/read-config.js";
import { isModelName, modelNames, models } from "../models.js";
import { UsageError } from "./output.js";

/** What the authors' `config.py` has where their YAML files say nothing. */
const authorsModel = { imageSize: 224, embedDim: 96, depths: [2, 2, 6, 2], dropPath: 0.1 };

/**
 * The config of a named model, or of the authors' default where `authors` is set, with some fields changed.
 *
 * @throws UsageError for an unknown name, ConfigError for fields that cannot be
 */
export function modelConfig(name: string, authors: boolean, given: Layer["model"]): SnnmlpConfig {
  const whole = ["imageSize", "embedDim", "depths"].every((field) => given[field] !== undefined);
  if (!isModelName(name) && !authors && !whole) {
    throw new UsageError(`no model is called ${name}; take one of ${modelNames.join(", ")}, or a .yaml file`);
  }
  const { alpha, ...base } = isModelName(name) ? models[name] : { alpha: undefined, ...(authors ? authorsModel : {}) };
  const usual = alpha === undefined || given.surrogate !== undefined ? {} : { alpha };
  return parseConfig({ ...base, ...usual, ...given }, "the model");
}

/** What a run calls its model: the authors' files need not name theirs. */
export const modelName = ({ model, authors }: RunKeys): string => model ?? (authors ? "snnmlp" : "pico");

/** The config of a model by its name, or by a YAML file in the authors' layout or ours. @throws UsageError, ConfigError */
export function namedConfig(name: string): SnnmlpConfig {
  if (!/\.ya?ml$/.test(name)) return modelConfig(name, false, {});
  const { model, run } = readConfigFile(name);
  return modelConfig(modelName(run), run.authors ?? false, model);
}
