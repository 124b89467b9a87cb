import type { SnnmlpConfig } from "../config.js";
import type { ParameterShape } from "../parameters.js";
import { randomStream } from "../random.js";

/**
 * First values of a parameter, in PyTorch's order, from the authors' initialisation:
 *
 *     convolution   kaiming uniform with a = sqrt 5, PyTorch's default: uniform in +-1/sqrt(fan_in), bias alike
 *     head          normal with std 0.02, cut at +-2 (trunc_normal_), bias 0
 *     norm          weight 1, bias 0
 *     LIF           tau and Vth from the config
 *
 * The values depend only on the seed and the parameter's name.
 */
export function initialValues(config: SnnmlpConfig, parameters: readonly ParameterShape[], seed: number) {
  const shapes = new Map(parameters.map(({ name, shape }) => [name, shape]));
  return new Map(parameters.map(({ name, shape }) => [name, valuesOf(config, name, shape, shapes, seed)]));
}

function valuesOf(
  config: SnnmlpConfig,
  name: string,
  shape: readonly number[],
  shapes: ReadonlyMap<string, readonly number[]>,
  seed: number,
): Float32Array {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  if (name.endsWith(".tau")) return values.fill(config.tau);
  if (name.endsWith(".Vth")) return values.fill(config.vth);
  if (name === "head.bias") return values;
  const random = randomStream(seed, name);
  if (name === "head.weight") return values.map(() => truncatedNormal(random, 0.02));
  const weight = name.endsWith(".bias") ? shapes.get(name.replace(/bias$/, "weight")) : shape;
  if (weight?.length === 4) {
    const bound = 1 / Math.sqrt(weight.slice(1).reduce((a, b) => a * b, 1));
    return values.map(() => (2 * random() - 1) * bound);
  }
  return values.fill(name.endsWith(".weight") ? 1 : 0);
}

/** Normal by Box-Muller, drawn again outside +-2 as timm's `trunc_normal_` cuts it: far beyond any draw at std 0.02. */
function truncatedNormal(random: () => number, std: number): number {
  for (;;) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const value = std * radius * Math.cos(2 * Math.PI * random());
    if (Math.abs(value) <= 2) return value;
  }
}
