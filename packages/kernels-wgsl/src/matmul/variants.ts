import { ceilDiv, type Profile } from "../launch.js";
import { type MatmulVariant, matmulVariants, shapeClass, type TuningKey } from "../tuning/table.js";
import type { MatmulDims } from "./matmul.js";

/** The constants of a lane kernel. */
export interface Lanes {
  /** Lanes of a subgroup. */
  readonly SG: number;
  /** vec4s that a lane holds for the others. */
  readonly HELD: number;
}

/** The subgroups that lane kernels are written for, or 0: on GPUs such register tiles are too large. */
function subgroupOf({ kind, subgroupSize = 0 }: Profile): number {
  return kind !== "gpu" && (subgroupSize === 4 || subgroupSize === 8) ? subgroupSize : 0;
}

/** The constants of `variant` on this adapter, or nothing where it is not a lane kernel. */
export function lanesOf(variant: MatmulVariant, profile: Profile): Lanes | undefined {
  const held = /^lanes-(\d)$/.exec(variant)?.[1];
  return held === undefined ? undefined : { SG: subgroupOf(profile), HELD: Number(held) };
}

/** Rows and columns of the result that a workgroup of a lane kernel owns. */
export function laneTile({ SG, HELD }: Lanes, transposeB: boolean): readonly [rows: number, columns: number] {
  return transposeB ? [4 * SG, HELD * SG] : [HELD * SG, 4 * SG];
}

/** Rows and columns of the result that a workgroup owns. */
export const tileOf = (variant: MatmulVariant): number => (variant === "blocked" ? 128 : 64);

/** Tiles of 128 x 128 below which a GPU has more use for four times as many smaller ones. */
const fewTiles = 128;

const maxGroups = 65_535;

/** Whether a variant computes these sizes on this adapter. */
export function fits(variant: MatmulVariant, dims: MatmulDims, profile: Profile): boolean {
  if (variant === "naive") return true;
  const { batches, M, N, K, transposeA, transposeB } = dims;
  if (profile.kernels === "naive" || N % 4 !== 0 || batches > maxGroups) return false;
  const lanes = lanesOf(variant, profile);
  if (!lanes && ceilDiv(M, tileOf(variant)) > maxGroups) return false;
  if (variant === "tiled") return true;
  if ((transposeA ? M : K) % 4 !== 0 || (transposeB && K % 4 !== 0)) return false;
  if (!lanes) return true;
  if (lanes.SG === 0) return false;
  if (transposeA && (transposeB || batches > 1)) return false;
  return ceilDiv(M, laneTile(lanes, transposeB)[0]) <= maxGroups;
}

/** The entry of the tuning table for a product; none for `a^T b^T`. */
export function tuningKey(dims: MatmulDims): TuningKey | undefined {
  const { transposeA, transposeB } = dims;
  if (transposeA && transposeB) return undefined;
  return `matmul/${transposeA ? "tn" : transposeB ? "nt" : "nn"}/${shapeClass(dims)}`;
}

/** Tiles on GPUs; on CPUs, whose loads are dear, lanes: 32 rows at a time in subgroups of 8, and 8 in those of 4. */
function usual({ batches, M, N }: MatmulDims, profile: Profile): readonly MatmulVariant[] {
  if (profile.kind !== "gpu") return [subgroupOf(profile) === 4 ? "lanes-2" : "lanes-4"];
  const tiles = batches * ceilDiv(M, tileOf("blocked")) * ceilDiv(N, tileOf("blocked"));
  return tiles < fewTiles ? ["tiled"] : ["blocked", "tiled"];
}

/**
 * The variant that computes a product: the table's, else what is usual for the adapter, else the naive one, whichever of
 * `candidates` fits first.
 */
export function chooseVariant(
  dims: MatmulDims,
  profile: Profile,
  candidates: readonly MatmulVariant[] = matmulVariants,
): MatmulVariant {
  const key = tuningKey(dims);
  const wanted = [key && profile.tuning?.[key], ...usual(dims, profile)];
  const found = wanted.find((variant) => variant && candidates.includes(variant) && fits(variant, dims, profile));
  return found ?? "naive";
}
