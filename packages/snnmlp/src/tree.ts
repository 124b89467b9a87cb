/** Values by name, and within them more of them; lists are values. */
export type Tree = Readonly<Record<string, unknown>>;

/** Whether a value is an object of names. */
export const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

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
