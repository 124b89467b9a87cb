import type { Storage } from "../storage.js";
import type { Traced, Use } from "./trace.js";

/** Where a virtual storage was put instead of the arena: at element `offset` of a storage that has memory. */
export interface Alias {
  readonly into: Storage;
  readonly offset: number;
}

/**
 * Turns `place` steps into aliases where the op that writes `from` can write to its destination directly, and into
 * copies elsewhere. Gradients reach the optimiser's slab this way without being moved.
 */
export function resolvePlaces(steps: readonly Traced[], outputs: ReadonlySet<Storage>) {
  const aliases = new Map<Storage, Alias>();
  const resolved: Traced[] = [];
  for (const [index, step] of steps.entries()) {
    if (step.kind !== "place") {
      resolved.push(step);
      continue;
    }
    const [from, into] = step.uses;
    if (canAlias(steps, index, from, into, aliases, outputs)) {
      aliases.set(from.storage, { into: into.storage, offset: into.offset });
    } else {
      resolved.push({ kind: "copy", op: step.op, uses: step.uses });
    }
  }
  return { steps: resolved, aliases };
}

function canAlias(
  steps: readonly Traced[],
  index: number,
  from: Use,
  into: Use,
  aliases: ReadonlyMap<Storage, Alias>,
  outputs: ReadonlySet<Storage>,
): boolean {
  const whole = from.offset === 0 && from.length === from.storage.elements;
  const virtual = from.storage.window === undefined && into.storage.window !== undefined;
  if (!whole || !virtual || aliases.has(from.storage) || outputs.has(from.storage)) return false;
  for (const [i, step] of steps.entries()) {
    const mine = step.uses.filter((use) => use.storage === from.storage);
    if (mine.length === 0 || i === index) continue;
    // A second place would be copied to from the first, and WebGPU copies within no buffer.
    if (step.kind !== "launch") return false;
    if (i > index && mine.some((use) => use.access === "write")) return false;
    // WebGPU allows a buffer several writable windows in one dispatch, but not a readable and a writable one.
    const others = step.uses.filter((use) => (aliases.get(use.storage)?.into ?? use.storage) === into.storage);
    if (others.some((other) => mine.some((use) => use.access !== other.access))) return false;
  }
  return destinationIsFree(steps, index, from, into, aliases);
}

/**
 * Whether the destination can hold the result from its first write to its last read: until the place step nobody else
 * uses it, and afterwards nobody overwrites it.
 */
function destinationIsFree(
  steps: readonly Traced[],
  index: number,
  from: Use,
  into: Use,
  aliases: ReadonlyMap<Storage, Alias>,
): boolean {
  const uses = (step: Traced) => step.uses.some((use) => use.storage === from.storage);
  const first = steps.findIndex(uses);
  const last = steps.findLastIndex(uses);
  return steps.slice(first, last + 1).every((step, i) => {
    if (first + i === index) return true;
    const touching = step.uses.filter((use) => overlaps(use, into, aliases));
    return first + i < index ? touching.length === 0 : touching.every(({ access }) => access === "read");
  });
}

function overlaps(use: Use, into: Use, aliases: ReadonlyMap<Storage, Alias>): boolean {
  const alias = aliases.get(use.storage);
  const start = use.offset + (alias?.offset ?? 0);
  const same = (alias?.into ?? use.storage) === into.storage;
  return same && start < into.offset + into.length && into.offset < start + use.length;
}
