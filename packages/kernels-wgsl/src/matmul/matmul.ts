import { append, type Chain } from "../chain.js";
import { geluLanes } from "../gelu/gelu.js";
import { ceilDiv, grid1d, kernel, type Launch, type Profile, words } from "../launch.js";
import { reduceChain } from "../reduce/reduce.js";
import { type MatmulVariant, matmulVariants } from "../tuning/table.js";
import { unroll } from "../unroll.js";
import addChunks from "./add-chunks.wgsl";
import blocked from "./blocked.wgsl";
import { type EpilogueName, epilogues } from "./epilogues.js";
import lanesNN from "./lanes-nn.wgsl";
import lanesNT from "./lanes-nt.wgsl";
import lanesTN from "./lanes-tn.wgsl";
import { addChunksReference, chunkedReference, withEpilogue } from "./matmul.ref.js";
import { isMixed, mixedBody, roundToHalf } from "./mixed.js";
import naive from "./naive.wgsl";
import { splitChain, totalOf } from "./split.js";
import tiled from "./tiled.wgsl";
import { chooseVariant, type Lanes, lanesOf, laneTile, tileOf } from "./variants.js";

/** The sizes of `c [batches, M, N] = a [batches, M, K] b [batches, K, N]`. */
export interface MatmulDims {
  readonly batches: number;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  /** `a` is stored as [batches, K, M]. */
  readonly transposeA: boolean;
  /** `b` is stored as [batches, N, K]. */
  readonly transposeB: boolean;
  /** One `a` serves every batch. */
  readonly sharedA: boolean;
  /** One `b` serves every batch. */
  readonly sharedB: boolean;
  /** Only for `a^T b`: the batches are chunks of one sum over this many k, and the last one may be shorter than K. */
  readonly total?: number;
}

/** How the product itself is computed, before the epilogue: shader, constants, sizes, grid. */
export interface Body {
  readonly name: string;
  readonly source: string;
  readonly constants: Readonly<Record<string, number | boolean | string>>;
  readonly params: Uint32Array<ArrayBuffer>;
  readonly grid: Launch["grid"];
  /** Width of one output value: a scalar or a vec4 along N. */
  readonly width: 1 | 4;
}

/** `c = a b`, fused with what follows it. Buffers: a, b, then those of the epilogue. */
export function matmulLaunch(dims: MatmulDims, profile: Profile, epilogue: EpilogueName = "store"): Launch {
  const { batches, M, N, K } = dims;
  const mixed = isMixed(dims, profile);
  const body = mixed ? mixedBody(dims, profile) : bodyOf(dims, profile);
  const { source, arrays, gelu, reference } = epilogues[epilogue];
  const V = body.width === 4 ? "vec4f" : "f32";
  const code = `alias V = ${V};\n${gelu ? geluLanes(body.width) : ""}${body.source}\n${source}`;
  const total = totalOf(dims);
  const operands = (dims.sharedA ? K : total) * M + (dims.sharedB ? K : total) * N;
  return {
    kernel: kernel(`matmul/${body.name}+${epilogue}`, code, body.constants),
    params: body.params,
    grid: body.grid,
    bytes: 4 * (operands + arrays * batches * M * N),
    flops: 2 * M * N * total,
    reference: withEpilogue(dims, reference, mixed ? roundToHalf : undefined),
  };
}

/** One launch of `a^T b` has no room for the column sums that lanes-tn.wgsl leaves. */
const withoutSums: readonly MatmulVariant[] = ["naive", "tiled", "blocked"];

function bodyOf(dims: MatmulDims, profile: Profile): Body {
  const { batches, M, N, K, transposeA, transposeB } = dims;
  const strideA = dims.sharedA ? 0 : M * K;
  const strideB = dims.sharedB ? 0 : K * N;
  const variant = chooseVariant(dims, profile, transposeA ? withoutSums : matmulVariants);
  const lanes = lanesOf(variant, profile);
  if (lanes) {
    const [rows, columns] = laneTile(lanes, transposeB);
    const constants = transposeB ? { ...lanes, TN: columns } : { ...lanes, TM: rows };
    return {
      name: transposeB ? "lanes-nt" : "lanes-nn",
      source: written(transposeB ? lanesNT : lanesNN, constants),
      constants,
      params: words(M, N / 4, K / 4, strideA / 4, strideB / 4, 1),
      grid: [ceilDiv(N, columns), ceilDiv(M, rows), batches],
      width: 4,
    };
  }
  const constants = { TRANSPOSE_A: transposeA, TRANSPOSE_B: transposeB };
  if (variant === "tiled" || variant === "blocked") {
    const tile = tileOf(variant);
    return {
      name: variant,
      source: variant === "tiled" ? tiled : unroll(blocked),
      constants,
      params: words(M, N, K, strideA, strideB, totalOf(dims)),
      grid: [ceilDiv(N, tile), ceilDiv(M, tile), batches],
      width: 4,
    };
  }
  return {
    name: "naive",
    source: naive,
    constants,
    params: words(M, N, K, batches, strideA, strideB),
    grid: grid1d(ceilDiv(batches * M * N, 64)),
    width: 1,
  };
}

/** The constants of the lane kernel that computes a product, if one does. */
const lanesFor = (dims: MatmulDims, profile: Profile): Lanes | undefined =>
  isMixed(dims, profile) ? undefined : lanesOf(chooseVariant(dims, profile), profile);

/** A product without lanes; a long `a^T b` in chunks. Buffers: a, b, c. */
function tilesChain(dims: MatmulDims, profile: Profile): Chain {
  const launch = (of: MatmulDims): Launch => matmulLaunch(of, profile);
  const variant = chooseVariant(dims, profile, withoutSums);
  const longSum = dims.transposeA && !dims.transposeB && dims.batches === 1 && variant !== "naive";
  if (!longSum) return { steps: [[launch(dims), [0, 1, 2]]], scratch: [] };
  return splitChain(dims, profile, tileOf(isMixed(dims, profile) ? "tiled" : variant), launch);
}

/** The unrolled text of a lane kernel for its constants. */
function written(source: string, constants: Readonly<Record<string, number | boolean>>): string {
  let code = source;
  for (const [name, value] of Object.entries(constants)) {
    code = code.replace(new RegExp(`const ${name} = \\d+u;`), `const ${name} = ${value}u;`);
  }
  return unroll(code);
}

/**
 * The gradients of a linear layer's weights: `dw [K, N] = x [M, K]^T dy [M, N]` and `dbias [N]`, the column sums of dy.
 * Long sums over M are cut into chunks that are added in order. Buffers: x, dy, dw, dbias.
 */
export function weightGradientChain(dims: { M: number; N: number; K: number }, profile: Profile): Chain {
  const { M, N, K } = dims;
  const product = { batches: 1, M: K, N, K: M, transposeA: true, transposeB: false, sharedA: false, sharedB: false };
  const lanes = lanesFor(product, profile);
  if (!lanes) {
    const sums = reduceChain("sum", { outer: 1, length: M, inner: N }, "f32", profile);
    const weights = append({ steps: [], scratch: [] }, 4, tilesChain(product, profile), [0, 1, 2]);
    return append(weights, 4, sums, [1, 3]);
  }
  const [rows, columns] = laneTile(lanes, false);
  const tiles = [ceilDiv(N, columns), ceilDiv(K, rows)] as const;
  const chunks = Math.max(1, Math.min(ceilDiv(M, 128), ceilDiv(16, tiles[0] * tiles[1])));
  const chunk = 4 * ceilDiv(M, 4 * chunks);
  const splits = ceilDiv(M, chunk);
  const constants = { ...lanes, TM: rows, KS: 4 / lanes.HELD, TAIL: M % 4 !== 0 };
  const launch: Launch = {
    kernel: kernel("matmul/lanes-tn", written(lanesTN, constants), constants),
    params: words(K / 4, N / 4, M, chunk, 1),
    grid: [...tiles, splits],
    bytes: 4 * (M * (K + N) + splits * (K + 1) * N),
    flops: 2 * M * N * K,
    reference: chunkedReference(dims, chunk),
  };
  if (splits === 1) return { steps: [[launch, [0, 1, 2, 3]]], scratch: [] };
  const add: Launch = {
    kernel: kernel("matmul/add-chunks", addChunks),
    params: words(splits, (K * N) / 4, N / 4),
    grid: grid1d(ceilDiv((K + 1) * N, 256)),
    bytes: 4 * (splits + 1) * (K + 1) * N,
    flops: splits * (K + 1) * N,
    reference: addChunksReference(dims, splits),
  };
  const steps = [[launch, [0, 1, 4, 5]] as const, [add, [4, 5, 2, 3]] as const];
  return { steps, scratch: [splits * K * N, splits * N] };
}

/** `c = a b` with the launches that are fastest for its form. Buffers: a, b, c. */
export function matmulChain(dims: MatmulDims, profile: Profile): Chain {
  const { M, N, K, transposeA } = dims;
  if (!transposeA || !lanesFor(dims, profile)) return tilesChain(dims, profile);
  // a^T b is a weight gradient whose bias nobody asked for.
  const { steps, scratch } = weightGradientChain({ M: K, N, K: M }, profile);
  const moved = (buffer: number) => (buffer < 3 ? buffer : buffer === 3 ? 3 + scratch.length : buffer - 1);
  return {
    steps: steps.map(([launch, buffers]) => [launch, buffers.map(moved)] as const),
    scratch: [...scratch, N],
  };
}
