import type { Layer } from "../config-file/layer.js";
import { RecipeError, type RunSettings, withSettings } from "../train/recipe.js";
import { UsageError } from "./output.js";
import { flagFor } from "./train-flags.js";

/** A command line that settings come from. */
interface Sources {
  readonly cfg?: string;
  readonly opts?: readonly string[];
}

/**
 * A recipe changed as a command line says.
 *
 * @throws UsageError naming the flag whose value cannot be, RecipeError naming the file or field, ConfigError
 */
export function planSettings(base: RunSettings, { recipe }: Layer, options: Sources): RunSettings {
  try {
    return withSettings(base, recipe);
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    const [issue] = error.issues.flatMap(({ field, problem }) => {
      const flag = flagFor({ ...options }, `recipe.${field}`);
      return flag === undefined ? [] : [`${flag}: ${problem}`];
    });
    if (issue !== undefined) throw new UsageError(issue, { cause: error });
    const sources = [...(options.cfg === undefined ? [] : [options.cfg]), ...(options.opts ? ["--opts"] : [])];
    if (sources.length === 0) throw error;
    throw new RecipeError(`${sources.join(" and ")}: ${error.message}`, error.issues);
  }
}

/** Layers in which a later one's epochs take the place of an earlier one's steps, and the other way round. */
export function withOneLength(layers: readonly Layer[]): Layer[] {
  const last = layers.findLastIndex(saysLength);
  return layers.map((layer, i) => {
    if (i >= last) return layer;
    const { epochs: _epochs, steps: _steps, ...recipe } = layer.recipe;
    return { ...layer, recipe };
  });
}

const saysLength = ({ recipe }: Layer): boolean => recipe.epochs !== undefined || recipe.steps !== undefined;
