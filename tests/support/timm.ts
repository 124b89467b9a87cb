import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One batch, and what timm makes of it: frozen by fixtures/mixing/make.py. Images are channels-last. */
export interface TimmAnswers {
  readonly shape: readonly [number, number, number, number];
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly bytes: readonly number[];
  /** Rectangles (top, left, height, width), erased to 0. */
  readonly erase: readonly (readonly number[])[];
  readonly normalised: readonly number[];
  readonly erased: readonly number[];
  readonly mixup: { readonly lambda: number; readonly images: readonly number[] };
  readonly cutmix: { readonly box: readonly number[]; readonly images: readonly number[] };
  readonly losses: readonly {
    readonly K: number;
    readonly lambda: number;
    readonly smoothing: number;
    readonly labels: readonly number[];
    readonly loss: number;
    readonly logits: readonly number[];
    readonly gradient: readonly number[];
  }[];
  readonly boxes: readonly {
    readonly size: number;
    readonly lambda: number;
    readonly centre: readonly [y: number, x: number];
    readonly box: readonly number[];
    readonly corrected: number;
  }[];
  /** The nine deciles of Beta(alpha, alpha), by alpha. */
  readonly deciles: Readonly<Record<string, readonly number[]>>;
}

const path = fileURLToPath(new URL("../fixtures/mixing/timm.json", import.meta.url));

/** The frozen answers. */
export const timm: TimmAnswers = JSON.parse(readFileSync(path, "utf8"));
