import { type Distribution, randomLaunch } from "@snnmlp/kernels-wgsl";
import type { Device } from "../device.js";
import { type DType, expectDType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { type Shape, show, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { tensor } from "./create.js";

/**
 * The state of random draws, [2] u32: a seed and a step. Draws depend on nothing else but their `stream` and their
 * place in the tensor, so the same key gives the same numbers on every adapter; `write` a new step for new ones.
 */
export type RandomKey = Tensor<readonly [2], "u32">;

/** A key. @throws ShapeError unless seed and step are integers in 0..2^32-1 */
export function randomKey(device: Device, seed: number, step = 0): RandomKey {
  for (const word of [seed, step]) {
    if (Number.isInteger(word) && word >= 0 && word < 2 ** 32) continue;
    throw new ShapeError("randomKey", `seed and step must be integers in 0..2^32-1, got ${seed} and ${step}`);
  }
  return tensor(device, [seed, step], [2], "u32");
}

/** Which of a step's draws this is; draws of the same key and stream are the same numbers. Default 0. */
export interface Stream {
  readonly stream?: number;
}

/** Floats in [low, high), default [0, 1). */
export function randomUniform<const S extends Shape>(
  key: RandomKey,
  shape: S,
  { low = 0, high = 1, stream = 0 }: Stream & { readonly low?: number; readonly high?: number } = {},
): Tensor<S, "f32"> {
  if (!(low < high)) throw new ShapeError("randomUniform", `low ${low} must be below high ${high}`);
  return draw("randomUniform", key, shape, { kind: "uniform", low, high }, stream, "f32");
}

/** Gaussian floats, default mean 0 and standard deviation 1. */
export function randomNormal<const S extends Shape>(
  key: RandomKey,
  shape: S,
  { mean = 0, std = 1, stream = 0 }: Stream & { readonly mean?: number; readonly std?: number } = {},
): Tensor<S, "f32"> {
  if (!(std >= 0)) throw new ShapeError("randomNormal", `std must not be negative, got ${std}`);
  return draw("randomNormal", key, shape, { kind: "normal", mean, std }, stream, "f32");
}

/** 1 with probability p, else 0, as u32. */
export function randomBernoulli<const S extends Shape>(
  key: RandomKey,
  shape: S,
  { p, stream = 0 }: Stream & { readonly p: number },
): Tensor<S, "u32"> {
  if (!(p >= 0 && p <= 1)) throw new ShapeError("randomBernoulli", `p must be in 0..1, got ${p}`);
  return draw("randomBernoulli", key, shape, { kind: "bernoulli", p }, stream, "u32");
}

/** Integers low <= y < high, evenly, as i32; default low 0. */
export function randomIntegers<const S extends Shape>(
  key: RandomKey,
  shape: S,
  { low = 0, high, stream = 0 }: Stream & { readonly low?: number; readonly high: number },
): Tensor<S, "i32"> {
  const fits = [low, high].every((end) => Number.isInteger(end) && Math.abs(end) <= 2 ** 30);
  if (!fits || low >= high) {
    throw new ShapeError("randomIntegers", `needs integers low < high within +-2^30, got ${low} and ${high}`);
  }
  return draw("randomIntegers", key, shape, { kind: "integers", low, high }, stream, "i32");
}

function draw<const S extends Shape, D extends DType>(
  op: string,
  key: RandomKey,
  shape: S,
  distribution: Distribution,
  stream: number,
  dtype: D,
): Tensor<S, D> {
  expectKey(op, key, stream);
  const y = key.device.empty(op, shape, dtype);
  key.device.launch(op, randomLaunch(distribution, sizeOf(shape), stream, dtype), [key, y]);
  return y;
}

/** Run-time twin of `RandomKey`, and a check of the stream. */
export function expectKey(op: string, key: Tensor, stream: number): void {
  expectDType(op, "key", key.dtype, "u32");
  if (key.size !== 2) throw new ShapeError(op, `key must be [2] (seed, step) from randomKey(), got ${show(key.shape)}`);
  if (Number.isInteger(stream) && stream >= 0 && stream < 2 ** 32) return;
  throw new ShapeError(op, `stream must be an integer in 0..2^32-1, got ${stream}`);
}
