import { compile, type Device, profile, type Shape, scope, type Tensor, tensor } from "@snnmlp/tensor";
import { median, noise } from "../lib/sample.js";
import type { Find, Given, Rung } from "./rungs.js";

/** How fast one rung is with one set of kernels. */
export interface Speed {
  /** ms of one run, median. */
  readonly ms: number;
  readonly runs: number;
  readonly gbPerSecond: number;
  readonly gflopPerSecond: number;
  /** Launches of one run. */
  readonly dispatches: number;
  /** Their kernels. */
  readonly kernels: readonly string[];
}

/** At least this many ms a timed Program, so that starting and waiting weigh little. */
const worthTiming = 20;
const timedRuns = 7;
/** Slower than this many ms, once is enough. */
const slow = 2000;

/** Times a rung at its full size. */
export async function measure(device: Device, rung: Rung): Promise<Speed> {
  using _all = scope(device);
  const find = tensorsOf(device, rung.full);
  const once = await programOf(device, rung, find, 1);
  await timed(device, once);
  const first = await timed(device, once);
  const { timings } = await profile(device, async () => once.run());
  once.dispose();
  const repeats = Math.min(1000, Math.max(1, Math.ceil(worthTiming / first)));
  const times: number[] = [first];
  if (first < slow) {
    using program = await programOf(device, rung, find, repeats);
    await timed(device, program);
    times.length = 0;
    for (let i = 0; i < timedRuns; i++) times.push((await timed(device, program)) / repeats);
  }
  const ms = median(times);
  const total = (of: "bytes" | "flops") => timings.reduce((sum, { launch }) => sum + launch[of], 0);
  return {
    ms,
    runs: times.length,
    gbPerSecond: total("bytes") / ms / 1e6,
    gflopPerSecond: total("flops") / ms / 1e6,
    dispatches: timings.length,
    kernels: [...new Set(timings.map(({ launch }) => launch.kernel.name))],
  };
}

type Runnable = { run(): unknown };

const programOf = (device: Device, { run }: Rung, find: Find, repeats: number) =>
  compile(device, {}, () => {
    for (let i = 0; i < repeats; i++) {
      using _garbage = scope(device);
      run(find);
    }
    return {};
  });

async function timed(device: Device, program: Runnable): Promise<number> {
  const start = performance.now();
  program.run();
  await device.idle();
  return performance.now() - start;
}

/** The largest error at the small size, over the largest value of the output it is in. */
export async function check(device: Device, oracle: Device, rung: Rung): Promise<number> {
  const [got, expected] = await Promise.all([device, oracle].map((each) => valuesOf(each, rung)));
  const errors = (expected ?? []).map((right, i) => distance(got?.[i] ?? new Float64Array(), right));
  return Math.max(...errors);
}

async function valuesOf(device: Device, rung: Rung): Promise<Float64Array[]> {
  using _all = scope(device);
  const outputs = rung.run(tensorsOf(device, rung.small));
  return Promise.all(outputs.map((output) => device.readExact(output)));
}

function distance(got: Float64Array, expected: Float64Array): number {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY;
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const furthest = expected.reduce((most, value, i) => {
    const error = Math.abs((got[i] ?? 0) - value);
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(most, error);
  }, 0);
  return furthest === 0 ? 0 : furthest / scale;
}

/** Makes the tensors of a rung. */
export function tensorsOf(device: Device, given: Readonly<Record<string, Given>>): Find {
  const made = new Map(Object.entries(given).map(([name, one], i) => [name, make(device, one, i + 1)]));
  return (name) => {
    const found = made.get(name);
    if (!found) throw new Error(`a rung has no tensor ${name}; it has ${[...made.keys()].join(", ")}`);
    return found;
  };
}

function make(device: Device, { shape, value }: Given, seed: number): Tensor<Shape, "f32"> {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return tensor(device, value ? Float32Array.from({ length: size }, (_, i) => value(i)) : noise(size, seed), shape);
}
