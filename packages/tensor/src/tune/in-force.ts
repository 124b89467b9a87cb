import { shippedTunings, type Tuning, type TuningEntry, type TuningTable, tableOf } from "@snnmlp/kernels-wgsl";
import { readUserTuning, type TunedAdapter, userTuningPath } from "./file.js";

/** Where an adapter's tuning table comes from: measurements of the user's over the shipped ones, or the shipped alone. */
export type TuningSource = "user" | "shipped";

/** One choice that devices of an adapter work with, and what it rests on. */
export interface TuningInForce extends TuningEntry {
  readonly source: TuningSource;
}

/** All that decides between the variants of kernels on an adapter. */
export interface TuningsInForce {
  readonly shipped: Tuning | undefined;
  /** What `snnmlp tune` measured here. */
  readonly user: Tuning | undefined;
  /** Where that lies, or would. */
  readonly userPath: string;
  readonly entries: readonly TuningInForce[];
}

/** The measurements in force on an adapter. @throws TuningFileError when the user's file is damaged */
export function tuningInForce(adapter: TunedAdapter, source: TuningSource = "user"): TuningsInForce {
  const shipped = shippedTunings[adapter.kind];
  const user = source === "user" ? readUserTuning(adapter) : undefined;
  const chosen = new Map<string, TuningInForce>();
  for (const entry of shipped?.entries ?? []) chosen.set(entry.key, { ...entry, source: "shipped" });
  for (const entry of user?.entries ?? []) chosen.set(entry.key, { ...entry, source: "user" });
  return { shipped, user, userPath: userTuningPath(adapter), entries: [...chosen.values()] };
}

/** The table a device opens with. */
export function tuningTable(adapter: TunedAdapter, wanted: TuningSource | TuningTable): TuningTable {
  if (typeof wanted === "object") return wanted;
  const { shipped, user } = tuningInForce(adapter, wanted);
  return tableOf(shipped, user);
}
