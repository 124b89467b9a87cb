/** See contend.mjs. */
export function contend<T extends object>(
  prepare: (task: T & { toggles: string[] }) => Promise<{ run: () => Promise<unknown>; facts?: () => object }>,
): Promise<never>;
export function noise(count: number, seed?: number): Float32Array<ArrayBuffer>;
