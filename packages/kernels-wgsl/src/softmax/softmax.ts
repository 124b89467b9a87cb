import { withFunction } from "../elementwise/dtypes.js";
import { ceilDiv, floatBits, grid1d, kernel, type Launch, words } from "../launch.js";
import backward from "./backward.wgsl";
import crossEntropy from "./cross-entropy.wgsl";
import { crossEntropyReference, softmaxBackwardReference, softmaxReference } from "./softmax.ref.js";
import forward from "./softmax.wgsl";
import { teamFor, teamFunctions } from "./team.js";

/** R rows of K values. */
export interface RowDims {
  readonly R: number;
  readonly K: number;
}

/** What cross entropy compares with, and what its gradient is multiplied by. */
export interface CrossEntropy {
  /** `f32`: targets [R, K]; else labels [R] of this dtype. */
  readonly targets: "f32" | "u32" | "i32";
  /** Share of the targets spread evenly over the K classes. */
  readonly smoothing: number;
  /** Whether dy has a value per row; otherwise one serves all. */
  readonly perRow: boolean;
  /** Factor of the gradient: 1/R when the loss is the mean. */
  readonly scale: number;
  /** Whether row r's label is mixed with row R - 1 - r's; two more buffers say how. Labels only. */
  readonly mixed?: boolean;
}

const mixedCrossEntropy = `${withFunction(
  crossEntropy,
  "labelsOf",
  "fn labelsOf(row: u32) -> Labels { return Labels(u32(targets[row]), u32(targets[p.R - 1u - row]), lambda[row], weights[row]); }",
)}
@group(0) @binding(5) var<storage, read> lambda: array<f32>;
@group(0) @binding(6) var<storage, read> weights: array<f32>;
`;

/** Softmax over the last axis, or its logarithm. Buffers: x [R, K], y [R, K]. */
export function softmaxLaunch(dims: RowDims, log: boolean): Launch {
  return {
    ...onRows("softmax/forward", forward, dims, { LOG: log }),
    params: words(dims.R, dims.K),
    bytes: 8 * dims.R * dims.K,
    flops: 10 * dims.R * dims.K,
    reference: softmaxReference(dims, log),
  };
}

/** Backward of softmax, or of log-softmax, from the forward's result. Buffers: y, dy, dx, all [R, K]. */
export function softmaxBackwardLaunch(dims: RowDims, log: boolean): Launch {
  return {
    ...onRows("softmax/backward", backward, dims, { LOG: log }),
    params: words(dims.R, dims.K),
    bytes: 12 * dims.R * dims.K,
    flops: 5 * dims.R * dims.K,
    reference: softmaxBackwardReference(dims, log),
  };
}

/**
 * Softmax cross entropy of each row (`loss`), or its gradient (`gradient`) times dy * scale.
 * Buffers: x [R, K], labels [R] or targets [R, K], dy (any f32 buffer for `loss`), then loss [R] or dx [R, K]; when mixed,
 * also lambda [R], the share of a row's own label, and weights [R], the factors of the rows' losses.
 */
export function crossEntropyLaunch(dims: RowDims, which: "loss" | "gradient", options: CrossEntropy): Launch {
  const { R, K } = dims;
  const gradient = which === "gradient";
  const soft = options.targets === "f32";
  const constants = { SOFT: soft, GRADIENT: gradient, Target: options.targets };
  const [name, source] = options.mixed
    ? ["softmax/mixed-cross-entropy", mixedCrossEntropy]
    : ["softmax/cross-entropy", crossEntropy];
  return {
    ...onRows(name, source, dims, constants),
    params: words(R, K, Number(options.perRow), floatBits(options.smoothing), floatBits(options.scale)),
    bytes: 4 * R * K * (1 + Number(gradient) + Number(soft)),
    flops: 8 * R * K,
    reference: crossEntropyReference(dims, options, gradient),
  };
}

function onRows(name: string, source: string, { R, K }: RowDims, constants: Record<string, boolean | string>) {
  const TEAM = teamFor(K);
  return {
    kernel: kernel(name, teamFunctions + source, { TEAM, ...constants }),
    grid: grid1d(ceilDiv(R, 64 / TEAM)),
  };
}
