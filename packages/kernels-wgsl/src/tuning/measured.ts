import type { Profile } from "../launch.js";
import lavapipe from "./lavapipe.json" with { type: "json" };
import swiftshader from "./swiftshader.json" with { type: "json" };
import type { MatmulVariant, TuningKey, TuningTable } from "./table.js";

/** How one variant did on the shapes of an entry. */
export type Measurement =
  | {
      readonly variant: MatmulVariant;
      /** ms of one product in the fastest of several runs, added up over the shapes. */
      readonly ms: number;
      /** Their FLOPs over their ms. */
      readonly gflops: number;
    }
  | {
      readonly variant: MatmulVariant;
      /** Why it was not timed: how far it was from its float64 reference. */
      readonly wrong: string;
    };

/** The choice for one class of shapes, and what it rests on. */
export interface TuningEntry {
  readonly key: TuningKey;
  readonly variant: MatmulVariant;
  /** M, N and K of the products that were timed. */
  readonly shapes: readonly (readonly number[])[];
  /** Of every variant that fits. */
  readonly measured: readonly Measurement[];
}

/** What `snnmlp tune` writes. */
export interface Tuning {
  readonly kind: Profile["kind"];
  /** Name of the adapter that was measured. */
  readonly adapter: string;
  /** Year, month and day. */
  readonly date: string;
  readonly command: string;
  readonly entries: readonly TuningEntry[];
}

/** What this package comes with, per kind of adapter. Each file was written by its own `command`. */
export const shippedTunings: Readonly<Partial<Record<Profile["kind"], Tuning>>> = {
  lavapipe: lavapipe as Tuning,
  swiftshader: swiftshader as Tuning,
};

/** The choices alone; later tunings override earlier ones. */
export const tableOf = (...tunings: readonly (Tuning | undefined)[]): TuningTable =>
  Object.fromEntries(tunings.flatMap((tuning) => tuning?.entries.map(({ key, variant }) => [key, variant]) ?? []));
