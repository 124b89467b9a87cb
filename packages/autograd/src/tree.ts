import { Tensor } from "@snnmlp/tensor";

/** Tensors in any nesting of arrays and records: parameters, gradients. */
export type Tree = Tensor | readonly Tree[] | { readonly [key: string]: Tree };

/** The tensors of a tree, in order. */
export function leavesOf(tree: Tree): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  return Object.values(tree).flatMap((branch: Tree) => leavesOf(branch));
}

/** The same tree with each tensor replaced by another of its shape and dtype. */
export function mapTree<T extends Tree>(tree: T, change: (leaf: Tensor) => Tensor): T {
  return replace(tree, change) as T;
}

function replace(tree: Tree, change: (leaf: Tensor) => Tensor): Tree {
  if (tree instanceof Tensor) return change(tree);
  if (isList(tree)) return tree.map((branch) => replace(branch, change));
  return Object.fromEntries(Object.entries(tree).map(([key, branch]) => [key, replace(branch, change)]));
}

const isList = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree);
