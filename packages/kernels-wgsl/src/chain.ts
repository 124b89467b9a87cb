import type { Launch } from "./launch.js";

/**
 * Several launches that make one computation. Each step binds buffers by index: the caller's come first, in the order
 * the launcher documents, then the chain's own scratch buffers.
 */
export interface Chain {
  readonly steps: readonly (readonly [launch: Launch, buffers: readonly number[]])[];
  /** Lengths of the scratch buffers, in f32 elements. */
  readonly scratch: readonly number[];
}

/**
 * `first`, then `second`.
 *
 * @param callers how many buffers the caller of the whole passes; scratch follows them
 * @param buffers what `second` binds as its caller's buffers, as indices of the whole
 */
export function append(first: Chain, callers: number, second: Chain, buffers: readonly number[]): Chain {
  const base = callers + first.scratch.length;
  const moved = (index: number) => buffers[index] ?? base + index - buffers.length;
  return {
    steps: [...first.steps, ...second.steps.map(([launch, bound]) => [launch, bound.map(moved)] as const)],
    scratch: [...first.scratch, ...second.scratch],
  };
}
