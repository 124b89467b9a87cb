import { checkpoint } from "@snnmlp/autograd";
import {
  addDropPath,
  depthwise,
  groupNorm,
  type LinearOptions,
  lifPair,
  linear,
  matmul,
  mlp,
  permute,
  type RandomKey,
  reshape,
  type Shape,
  type Tensor,
} from "@snnmlp/tensor";
import type { SnnmlpConfig } from "../config.js";

/** Activations [B, H, W, C]. */
export type Activations = Tensor<Shape, "f32">;

/** The parameters below one prefix of the state dict: `at("conv1.weight")`, `at.under("lif_module")`. */
export interface Parameters {
  (name: string): Tensor<Shape, "f32">;
  /** What stands before its names in the state dict. */
  readonly prefix: string;
  /** Everything below the prefix, by whole names. */
  all(): Record<string, Tensor<Shape, "f32">>;
  under(prefix: string): Parameters;
}

/** A view of a state dict's tensors by relative names. @throws Error naming a parameter that is missing */
export function parametersOf(tensors: Readonly<Record<string, Tensor<Shape, "f32">>>, prefix = ""): Parameters {
  const at = (name: string) => {
    const found = tensors[prefix + name];
    if (!found) throw new Error(`the model has no parameter ${prefix}${name}`);
    return found;
  };
  const all = () => Object.fromEntries(Object.entries(tensors).filter(([name]) => name.startsWith(prefix)));
  return Object.assign(at, { prefix, all, under: (below: string) => parametersOf(tensors, `${prefix}${below}.`) });
}

/** One forward pass: the network's config, and what is done beyond its formulas. */
export interface Pass {
  readonly config: SnnmlpConfig;
  /** Drops residual branches at the config's rates, by masks from this key (seed, step). Absent: none is dropped. */
  readonly dropPathKey?: RandomKey | undefined;
  /** Blocks keep only their input, and compute the rest again for the gradient. */
  readonly checkpointActivations?: boolean | undefined;
  /** Called with the output of the patch embedding, every block, patch merging and the last norm, and its prefix. */
  readonly onLayer?: ((name: string, y: Activations) => void) | undefined;
  /** Called with every LIF's prefix, input and parameters, for diagnostics; `axis` is 1 along H and 2 along W. */
  readonly onLif?: ((name: string, x: Activations, tau: Tensor, vth: Tensor, axis: 1 | 2) => void) | undefined;
}

/** GroupNorm(1, C): mean and variance over H, W and C of a sample. */
export function norm(at: Parameters, x: Activations, activation?: "gelu"): Activations {
  return groupNorm(x, 1, at("weight"), at("bias"), activation ? { activation } : {});
}

/** 1x1 convolution. */
const conv = (at: Parameters, x: Activations, options?: LinearOptions): Activations =>
  linear(x, at("weight"), at("bias"), options);

/**
 * The spiking token mixer: conv1 -> norm1 -> GELU -> depthwise 3x3 -> norm2 -> GELU -> LIF along H and, from the same
 * input, along W -> conv2_1 / conv2_2 with GELU -> sum -> norm3 -> conv3, whose `conv3` options add the residual.
 */
function lifModule(pass: Pass, at: Parameters, x: Activations, residual: LinearOptions): Activations {
  let h = conv(at.under("conv1"), x);
  h = norm(at.under("norm1"), h, "gelu");
  h = depthwise(h, at("dw1.weight"), at("dw1.bias"));
  h = norm(at.under("norm2"), h, "gelu");
  const [alongH, alongW] = neurons(pass, at, h);
  h = conv(at.under("conv2_1"), alongH, { activation: "gelu" });
  h = conv(at.under("conv2_2"), alongW, { activation: "gelu", add: h });
  return conv(at.under("conv3"), norm(at.under("norm3"), h), residual);
}

/**
 * LIF along H (lif1) and along W (lif2), per channel, in groups of s positions that start from rest (o = 0):
 *
 *     u_j = tau o_j + x_j,   y_j = max(u_j, vth),   o_j+1 = u_j > vth ? 0 : u_j
 */
function neurons({ config, onLif }: Pass, at: Parameters, x: Activations): readonly [Activations, Activations] {
  const { lifGroup: group, surrogate, alpha, output } = config;
  if (group === -1) return [x, x];
  const [tauH, vthH, tauW, vthW] = [at("lif1.tau"), at("lif1.Vth"), at("lif2.tau"), at("lif2.Vth")];
  onLif?.(`${at.prefix}lif1`, x, tauH, vthH, 1);
  onLif?.(`${at.prefix}lif2`, x, tauW, vthW, 2);
  return lifPair(x, { tauH, vthH, tauW, vthW }, { group, surrogate, alpha, output });
}

/** A block, whose activations are kept for the gradient or computed again. */
export function block(pass: Pass, at: Parameters, x: Activations, index: number): Activations {
  if (!pass.checkpointActivations) return blockOf(pass, at, x, index);
  const f = ({ x, ...tensors }: { x: Activations } & Record<string, Activations>) =>
    blockOf(pass, parametersOf(tensors, at.prefix), x, index);
  return checkpoint(f, { ...at.all(), x });
}

/** `x + dropPath(lifModule(norm1(x)))`, then `x + dropPath(mlp(norm2(x)))`. Block number `index` of the whole network. */
function blockOf(pass: Pass, at: Parameters, x: Activations, index: number): Activations {
  const lifBranch = (residual: LinearOptions) =>
    lifModule(pass, at.under("lif_module"), norm(at.under("norm1"), x), residual);
  const mixed = residualSum(pass, x, index, 0, lifBranch);
  const fc1 = at.under("mlp.fc1");
  const fc2 = at.under("mlp.fc2");
  const mlpBranch = (residual: LinearOptions) =>
    mlp(norm(at.under("norm2"), mixed), fc1("weight"), fc1("bias"), fc2("weight"), fc2("bias"), residual);
  return residualSum(pass, mixed, index, 1, mlpBranch);
}

/** `x + dropPath(branch)`; without drop path the branch's last launch adds x itself. */
function residualSum(
  { config, dropPathKey }: Pass,
  x: Activations,
  index: number,
  half: 0 | 1,
  branch: (residual: LinearOptions) => Activations,
): Activations {
  const blocks = config.depths.reduce((sum, depth) => sum + depth, 0);
  const rate = blocks > 1 ? (config.dropPath * index) / (blocks - 1) : 0;
  if (!dropPathKey || rate === 0) return branch({ add: x });
  return addDropPath(x, branch({}), dropPathKey, { rate, stream: 2 * index + half });
}

/** Halves H and W: the 2x2 neighbours' channels side by side (column-major over the square) -> norm -> 1x1 convolution. */
export function patchMerging(at: Parameters, x: Activations): Activations {
  const [B = 0, H = 0, W = 0, C = 0] = x.shape;
  const square = permute(reshape(x, [B, H / 2, 2, W / 2, 2, C]), [0, 1, 3, 4, 2, 5]);
  const merged = norm(at.under("norm"), reshape(square, [B, H / 2, W / 2, 4 * C]));
  return matmul(merged, at("reduction.weight"));
}

/** Cuts [B, H, W, C] into patches, maps each to `embedDim` channels, and normalises. */
export function patchEmbed({ config }: Pass, at: Parameters, x: Activations): Activations {
  const [B = 0, H = 0, W = 0, C = 0] = x.shape;
  const p = config.patchSize;
  const cut = permute(reshape(x, [B, H / p, p, W / p, p, C]), [0, 1, 3, 2, 4, 5]);
  const patches = reshape(cut, [B, H / p, W / p, p * p * C]);
  return norm(at.under("norm"), conv(at.under("proj"), patches));
}
