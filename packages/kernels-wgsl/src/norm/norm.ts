import type { Chain } from "../chain.js";
import { geluLanes } from "../gelu/gelu.js";
import { ceilDiv, floatBits, grid1d, kernel, type Launch, type Profile, words } from "../launch.js";
import apply from "./apply.wgsl";
import columns from "./columns.wgsl";
import dx from "./dx.wgsl";
import merge from "./merge.wgsl";
import * as ref from "./norm.ref.js";
import rowSums from "./row-sums.wgsl";
import rowsBackward from "./rows-backward.wgsl";
import rowsForward from "./rows-forward.wgsl";
import stats from "./stats.wgsl";
import sums from "./sums.wgsl";
import teamSubgroup from "./team-subgroup.wgsl";
import teamTree from "./team-tree.wgsl";

/**
 * A normalisation of [B, HW, C] whose mean and variance run over a row: HW positions and the C / groups channels of a
 * group. GroupNorm(1, C) has one group; a layer norm of [R, C] over C is B = R, HW = 1. `groups` divides C.
 */
export interface NormDims {
  readonly B: number;
  readonly HW: number;
  readonly C: number;
  readonly groups: number;
}

/** What a norm's forward pass does besides normalising. */
export interface NormOptions {
  /** Added to the biased variance. */
  readonly eps: number;
  /** Whether GELU follows. */
  readonly gelu: boolean;
}

/** Which gradients the backward pass is asked for. */
export interface NormWants {
  readonly x: boolean;
  /** gamma and beta. */
  readonly affine: boolean;
  /** Another gradient of x is added to dx. */
  readonly add?: boolean;
}

/** Rows up to this many elements are normalised in one launch: on a CPU a launch costs as much as reading 10,000. */
const shortRow = { gpu: 2048, lavapipe: 8192, swiftshader: 8192 };

/** y = gamma (x - mean) rstd + beta, then GELU if asked. Buffers: x, gamma [C], beta [C], y, stats [B * groups, 2]. */
export function normForwardChain(dims: NormDims, options: NormOptions, profile: Profile): Chain {
  const { B, HW, C, groups } = dims;
  const elements = B * HW * C;
  const plan = planOf(dims, profile);
  if (plan.rows) {
    const launch: Launch = {
      kernel: kernel("norm/rows-forward", geluLanes(plan.width) + rowsForward + plan.team, {
        ...plan.rows,
        GELU: options.gelu,
      }),
      params: words(B * groups, HW, C, groups, floatBits(options.eps)),
      grid: grid1d(ceilDiv(B * groups, plan.rows.SIZE / plan.rows.TEAM)),
      bytes: 8 * elements,
      flops: (8 + (options.gelu ? 30 : 0)) * elements,
      reference: ref.rowsForwardReference(dims, options),
    };
    return { steps: [[launch, [0, 1, 2, 3, 4]]], scratch: [] };
  }
  const { split, lanes, parts } = plan;
  const statsLaunch: Launch = {
    kernel: kernel("norm/stats", stats, lanes),
    params: words(B, HW, C, split.chunk),
    grid: grid1d(ceilDiv(parts, 64)),
    bytes: 4 * elements + 8 * parts,
    flops: 4 * elements,
    reference: ref.statsReference(split, C),
  };
  const mergeLaunch: Launch = {
    kernel: kernel("norm/merge", merge, { SIZE: plan.size }),
    params: words(HW, C / plan.width, groups, split.chunk, plan.width, B * groups, floatBits(options.eps)),
    grid: grid1d(B * groups),
    bytes: 8 * parts,
    flops: 9 * parts,
    reference: ref.mergeReference(dims, split, options.eps),
  };
  const applyLaunch: Launch = {
    kernel: kernel("norm/apply", geluLanes(plan.width) + apply, { ...lanes, GELU: options.gelu }),
    params: words(B, HW, C, groups, split.chunk),
    grid: grid1d(ceilDiv(parts, 64)),
    bytes: 8 * elements,
    flops: (4 + (options.gelu ? 30 : 0)) * elements,
    reference: ref.applyReference(dims, options),
  };
  return {
    steps: [
      [statsLaunch, [0, 5]],
      [mergeLaunch, [5, 4]],
      [applyLaunch, [0, 1, 2, 4, 3]],
    ],
    scratch: [2 * parts],
  };
}

/**
 * Gradients of the norm (and its GELU) from x, dy and the saved stats; both are recomputed.
 * Buffers: x, gamma, beta, stats, dy, dx, dgamma, dbeta, the gradient to add; those nobody wants are not bound.
 */
export function normBackwardChain(dims: NormDims, options: NormOptions, wants: NormWants, profile: Profile): Chain {
  const { B, HW, C, groups } = dims;
  const plan = planOf(dims, profile);
  const adding = wants.add ? "+add" : "";
  const added = wants.add ? [8] : [];
  /** What dx is added to, read from the shader's last binding. */
  const soFar = (binding: number) =>
    wants.add
      ? `@group(0) @binding(${binding}) var<storage, read> other: array<T>;\nfn soFar(k: u32) -> T { return other[k]; }\n`
      : "fn soFar(k: u32) -> T { return T(0.0); }\n";
  const sumsStep = (sums: number, sumsH: number): Chain["steps"][number] => [
    sumsLaunch(dims, options, plan),
    [0, 1, 2, 3, 4, sums, sumsH],
  ];
  if (plan.rows) {
    const launch: Launch = {
      kernel: kernel(`norm/rows-backward${adding}`, geluLanes(plan.width) + rowsBackward + plan.team + soFar(7), {
        ...plan.rows,
        GELU: options.gelu,
      }),
      params: words(B * groups, HW, C, groups),
      grid: grid1d(ceilDiv(B * groups, plan.rows.SIZE / plan.rows.TEAM)),
      bytes: (wants.add ? 16 : 12) * B * HW * C,
      flops: (12 + (options.gelu ? 50 : 0)) * B * HW * C,
      reference: ref.adding(ref.rowsBackwardReference(dims, options), 5, wants.add),
    };
    const chunks = ceilDiv(plan.split.N, plan.split.chunk);
    const affine =
      chunks === 1 ? [sumsStep(7, 6)] : [sumsStep(9, 10), [columnsLaunch(chunks, plan, C), [9, 10, 6, 7]] as const];
    return {
      steps: [...(wants.x ? [[launch, [0, 1, 2, 3, 4, 5, ...added]] as const] : []), ...(wants.affine ? affine : [])],
      scratch: chunks === 1 || !wants.affine ? [] : [chunks * C, chunks * C],
    };
  }
  const chunks = ceilDiv(HW, plan.split.chunk);
  const rowSumsLaunch: Launch = {
    kernel: kernel("norm/row-sums", rowSums, { ...plan.lanes, SIZE: plan.size }),
    params: words(HW, C, groups, chunks, B * groups),
    grid: grid1d(B * groups),
    bytes: 8 * B * chunks * C,
    flops: 2 * B * chunks * C,
    reference: ref.rowSumsReference(dims, chunks),
  };
  const dxLaunch: Launch = {
    kernel: kernel(`norm/dx${adding}`, geluLanes(plan.width) + dx + soFar(8), { ...plan.lanes, GELU: options.gelu }),
    params: words(B, HW, C, groups, plan.split.chunk),
    grid: grid1d(ceilDiv(plan.parts, 64)),
    bytes: (wants.add ? 16 : 12) * B * HW * C,
    flops: (7 + (options.gelu ? 50 : 0)) * B * HW * C,
    reference: ref.adding(ref.dxReference(dims, options), 6, wants.add),
  };
  return {
    steps: [
      sumsStep(9, 10),
      [rowSumsLaunch, [9, 10, 1, 11, 12, 13]],
      ...(wants.affine ? [[columnsLaunch(B, plan, C), [11, 12, 6, 7]] as const] : []),
      ...(wants.x ? [[dxLaunch, [0, 1, 2, 3, 13, 4, 5, ...added]] as const] : []),
    ],
    scratch: [B * chunks * C, B * chunks * C, B * C, B * C, 2 * B * groups],
  };
}

interface Plan {
  readonly width: 1 | 4;
  readonly lanes: { readonly T: string; readonly WIDTH: number };
  /** How the positions are cut for sums over them. */
  readonly split: ref.Split;
  /** Invocations of a split kernel: one per chunk and column. */
  readonly parts: number;
  /** Invocations that add up a row's parts: one subgroup on a CPU, where barriers between several cost more than they save. */
  readonly size: number;
  /** Constants of the one-launch kernels, when the rows are short. */
  readonly rows:
    | { readonly T: string; readonly WIDTH: number; readonly TEAM: number; readonly SIZE: number }
    | undefined;
  /** WGSL of `teamSum`, which adds over the invocations that share a row. */
  readonly team: string;
}

function planOf({ B, HW, C, groups }: NormDims, profile: Profile): Plan {
  const naive = profile.kernels === "naive";
  const width = !naive && (C / groups) % 4 === 0 ? 4 : 1;
  const lanes = { T: width === 4 ? "vec4f" : "f32", WIDTH: width };
  const perRow = (HW * C) / groups;
  const short = naive || HW < 4 || perRow <= shortRow[profile.kind];
  // Every invocation loads the row's statistics and its channels' weights: on a CPU as dear as four positions.
  const wanted = profile.kind === "gpu" ? 131_072 : 8192;
  // Short rows: the sums for gamma and beta run over all samples, in about 256 chunks; on a CPU in one if they are few.
  const [samples, N] = short ? [1, B * HW] : [B, HW];
  const even = ceilDiv(B * HW * (C / width), wanted);
  const shortChunk = profile.kind !== "gpu" && N <= 512 ? N : Math.max(16, ceilDiv(N, 256));
  const chunk = naive ? N : Math.min(N, short ? shortChunk : Math.max(16, even));
  // Invocations that share a row: on a CPU adapter a subgroup, without barriers; else one per column, up to a workgroup.
  const bySubgroup = !naive && profile.kind !== "gpu" && profile.subgroupSize !== undefined;
  const most = naive ? 1 : Math.min(64, C / groups / width);
  const tree = { TEAM: 2 ** Math.floor(Math.log2(Math.max(1, most))), SIZE: 64 };
  const rowTeam = bySubgroup ? { TEAM: profile.subgroupSize, SIZE: profile.subgroupSize } : tree;
  const split: ref.Split = { samples, N, chunk, width };
  const parts = (samples * ceilDiv(N, chunk) * C) / width;
  return {
    width,
    lanes,
    split,
    parts,
    size: profile.kind === "gpu" ? 64 : 8,
    rows: short ? { ...lanes, ...rowTeam } : undefined,
    team: bySubgroup ? teamSubgroup : teamTree,
  };
}

function sumsLaunch(dims: NormDims, options: NormOptions, plan: Plan): Launch {
  const { samples, N, chunk } = plan.split;
  const elements = dims.B * dims.HW * dims.C;
  return {
    kernel: kernel("norm/sums", geluLanes(plan.width) + sums, {
      ...plan.lanes,
      GELU: options.gelu,
      ONE_ROW: N === dims.HW,
    }),
    params: words(samples, N, dims.C, dims.groups, chunk, dims.HW),
    grid: grid1d(ceilDiv(plan.parts, 64)),
    bytes: 8 * elements + 8 * plan.parts * plan.width,
    flops: (5 + (options.gelu ? 45 : 0)) * elements,
    reference: ref.sumsReference(dims, options, plan.split),
  };
}

function columnsLaunch(N: number, plan: Plan, C: number): Launch {
  return {
    kernel: kernel("norm/columns", columns, plan.lanes),
    params: words(N, C),
    grid: grid1d(ceilDiv(C / plan.width, 64)),
    bytes: 8 * N * C,
    flops: 2 * N * C,
    reference: ref.columnsReference(N, C),
  };
}
