import type { Storage } from "../storage.js";
import type { Traced } from "./trace.js";

/** When a virtual storage is needed: from the step that first writes it to the last that reads it. */
interface Interval {
  readonly storage: Storage;
  readonly bytes: number;
  first: number;
  last: number;
  /** Storages that may not share its arena: a dispatch reads one and writes the other. */
  readonly conflicts: Set<Storage>;
}

interface Placed extends Interval {
  readonly offset: number;
}

/** A storage's place: byte `offset` of arena number `arena`. */
export interface Place {
  readonly arena: number;
  readonly offset: number;
}

/** The memory of a Program, known before it runs. */
export interface MemoryPlan {
  /** Bytes of the arenas that hold everything made inside the traced function. */
  readonly arenaBytes: number;
  /** The largest sum of tensors alive at one step: no plan can need less. */
  readonly lowerBoundBytes: number;
  /** What the tensors would take without reuse. */
  readonly unsharedBytes: number;
  /** Bytes captured from outside: parameters, optimiser state, inputs, constants. */
  readonly capturedBytes: number;
  /** `arenaBytes + capturedBytes`. */
  readonly peakBytes: number;
  /** The largest tensors alive at the fullest step, largest first. */
  readonly largest: readonly { readonly op: string; readonly bytes: number }[];
  readonly dispatches: number;
}

export interface Arenas {
  readonly sizes: readonly number[];
  readonly places: ReadonlyMap<Storage, Place>;
  readonly lowerBoundBytes: number;
  readonly unsharedBytes: number;
  readonly largest: MemoryPlan["largest"];
}

/** Packs virtual storages into arenas by liveness: largest first, each at the offset that grows its arena least. */
export function planArenas(
  steps: readonly Traced[],
  storages: ReadonlySet<Storage>,
  outputs: ReadonlySet<Storage>,
  bytesOf: (storage: Storage) => number,
  maxArenaBytes: number,
): Arenas {
  const intervals = livenessOf(steps, storages, outputs, bytesOf);
  const places = new Map<Storage, Place>();
  const arenas: { placed: Placed[]; size: number }[] = [];
  for (const interval of [...intervals].sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    let best: { arena: number; offset: number; growth: number } | undefined;
    for (const [arena, { placed, size }] of arenas.entries()) {
      if (placed.some((other) => interval.conflicts.has(other.storage))) continue;
      const offset = lowestGap(placed, interval);
      const growth = Math.max(0, offset + interval.bytes - size);
      if (size + growth <= maxArenaBytes && (!best || growth < best.growth)) best = { arena, offset, growth };
    }
    best ??= { arena: arenas.push({ placed: [], size: 0 }) - 1, offset: 0, growth: interval.bytes };
    const chosen = arenas[best.arena];
    if (!chosen) continue;
    insertByOffset(chosen.placed, { ...interval, offset: best.offset });
    chosen.size += best.growth;
    places.set(interval.storage, best);
  }
  return { sizes: arenas.map(({ size }) => size), places, ...fullestStep(intervals, steps.length) };
}

function livenessOf(
  steps: readonly Traced[],
  storages: ReadonlySet<Storage>,
  outputs: ReadonlySet<Storage>,
  bytesOf: (storage: Storage) => number,
): Interval[] {
  const intervals = new Map<Storage, Interval>();
  for (const [index, { uses }] of steps.entries()) {
    for (const { storage, access } of uses) {
      if (!storages.has(storage)) continue;
      const known = intervals.get(storage);
      const last = outputs.has(storage) ? steps.length : index;
      const interval = known ?? { storage, bytes: bytesOf(storage), first: index, last, conflicts: new Set() };
      interval.last = Math.max(interval.last, last);
      for (const other of uses) if (other.access !== access) interval.conflicts.add(other.storage);
      intervals.set(storage, interval);
    }
  }
  return [...intervals.values()];
}

/** The lowest offset where the interval overlaps none of those alive at the same time; `placed` is sorted by offset. */
function lowestGap(placed: readonly Placed[], interval: Interval): number {
  let offset = 0;
  for (const other of placed) {
    if (other.last < interval.first || interval.last < other.first) continue;
    if (other.offset >= offset + interval.bytes) return offset;
    offset = Math.max(offset, other.offset + other.bytes);
  }
  return offset;
}

function insertByOffset(placed: Placed[], interval: Placed): void {
  const at = placed.findIndex((other) => other.offset > interval.offset);
  placed.splice(at < 0 ? placed.length : at, 0, interval);
}

function fullestStep(intervals: readonly Interval[], steps: number) {
  const change = new Array<number>(steps + 2).fill(0);
  for (const { first, last, bytes } of intervals) {
    change[first] = (change[first] ?? 0) + bytes;
    change[last + 1] = (change[last + 1] ?? 0) - bytes;
  }
  let live = 0;
  let lowerBoundBytes = 0;
  let fullest = 0;
  for (const [step, bytes] of change.entries()) {
    live += bytes;
    if (live > lowerBoundBytes) {
      lowerBoundBytes = live;
      fullest = step;
    }
  }
  const alive = intervals.filter(({ first, last }) => first <= fullest && fullest <= last);
  const largest = alive.sort((a, b) => b.bytes - a.bytes).slice(0, 8);
  return {
    lowerBoundBytes,
    unsharedBytes: intervals.reduce((sum, { bytes }) => sum + bytes, 0),
    largest: largest.map(({ storage, bytes }) => ({ op: storage.op, bytes })),
  };
}
