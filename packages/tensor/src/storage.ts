import type { Buffer } from "./backend.js";
import type { DType } from "./dtype.js";

/**
 * Memory behind one or more tensors (a reshape shares it). While a Program is being recorded `window` is undefined:
 * the plan gives it a place in the Program's arena afterwards.
 */
export class Storage {
  private references = 1;
  /** Where the storage lies; `offset` in elements. */
  window: { readonly buffer: Buffer; readonly offset: number } | undefined;

  constructor(
    /** The op that made it, for errors and plans. */
    readonly op: string,
    readonly dtype: DType,
    readonly elements: number,
    window: { readonly buffer: Buffer; readonly offset: number } | undefined,
    private readonly onFree: (storage: Storage) => void,
  ) {
    this.window = window;
  }

  retain(): void {
    this.references += 1;
  }

  release(): void {
    this.references -= 1;
    if (this.references === 0) this.onFree(this);
  }
}
