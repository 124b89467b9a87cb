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
