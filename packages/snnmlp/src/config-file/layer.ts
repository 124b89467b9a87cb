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

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** `above` over `below`, objects within objects alike. */
export function mergeDeep(below: Tree, above: Tree): Tree {
  const merged: Record<string, unknown> = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const old = merged[name];
    merged[name] = isTree(old) && isTree(value) ? mergeDeep(old, value) : value;
  }
  return merged;
}

/** `{ a: { b: 1 } }` for the names a and b. */
export const nested = (names: readonly string[], value: unknown): Tree =>
  names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Tree;

/** `[["a.b", 1]]` of `{ a: { b: 1 } }`; lists are values. */
export function flatten(tree: Tree, prefix = ""): [key: string, value: unknown][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    isTree(value) ? flatten(value, `${prefix}${name}.`) : [[prefix + name, value] as [string, unknown]],
  );
}

/** Whether a parsed document is a mapping. */
export const isMapping = isTree;
