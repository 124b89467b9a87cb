import { mergeDeep } from "../tree.js";

/** What one source (a file, `--opts`, the flags) says about a run; what it does not name is left to the sources below. */
export interface Layer {
  /** Fields of the model's config. */
  readonly model: Readonly<Record<string, unknown>>;
  /** Settings of the recipe; nested groups as objects. */
  readonly recipe: Readonly<Record<string, unknown>>;
  /** The rest: names of the model and the recipe, paths, and how the step is run. */
  readonly run: RunKeys;
  /** Keys that were read and have no meaning here. */
  readonly ignored: readonly string[];
}

/** What a source may say besides model and recipe. */
export interface RunKeys {
  readonly model?: string;
  readonly recipe?: string;
  readonly data?: string;
  readonly out?: string;
  readonly checkpointActivations?: boolean;
  /** Written in the keys of the authors' configuration, whose defaults then hold. */
  readonly authors?: boolean;
}

/** Says nothing. */
export const emptyLayer: Layer = { model: {}, recipe: {}, run: {}, ignored: [] };

/** Later layers win; nested groups are merged. */
export function mergeLayers(layers: readonly Layer[]): Layer {
  return layers.reduce(
    (below, above) => ({
      model: { ...below.model, ...above.model },
      recipe: mergeDeep(below.recipe, above.recipe),
      run: { ...below.run, ...above.run },
      ignored: [...below.ignored, ...above.ignored],
    }),
    emptyLayer,
  );
}
