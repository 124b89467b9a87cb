import {
  chooseVariant,
  type MatmulVariant,
  type Measurement,
  matmulVariants,
  type Tuning,
  type TuningEntry,
  type TuningKey,
  tuningKeys,
  variantFits,
} from "@snnmlp/kernels-wgsl";
import type { Device } from "../device.js";
import { DeviceError } from "../errors.js";
import { scope } from "../scope.js";
import { errorOf, makeProduct, race } from "./product.js";
import { dimsOf, tuningShapes } from "./shapes.js";

/** How thoroughly to measure, and who wants to know. */
export interface TuneOptions {
  /** One shape a class instead of two, each for a fifth of the time. */
  readonly quick?: boolean;
  /** Only these entries. */
  readonly keys?: readonly TuningKey[];
  /** Called with each entry when it is measured. */
  readonly onResult?: (entry: TuningEntry) => void;
}

/** Largest error over the largest value of a product, in f32. */
const tolerance = 1e-5;

/** How much faster than the usual variant another must be: less may be noise, and every variant in use is compiled. */
const margin = 1.1;

/**
 * Measures which variant of the matrix product is fastest for each class of shapes on an adapter. Every variant is held
 * against its float64 reference first; a wrong one is reported and never chosen. Takes half a minute, more on
 * a CPU; nothing else should run meanwhile. `writeUserTuning` keeps the result for devices opened later.
 *
 * @throws DeviceError on a device that was opened with `kernels: "naive"`, and on the oracle
 */
export async function tune(device: Device, options: TuneOptions = {}): Promise<Tuning> {
  const { quick = false, keys = tuningKeys, onResult } = options;
  const { capabilities, profile } = device;
  if (profile.kernels === "naive") {
    throw new DeviceError("validation", `tune: ${capabilities.name} runs naive kernels; open it with kernels: "tuned"`);
  }
  const entries: TuningEntry[] = [];
  for (const key of keys) {
    const entry = await measure(device, key, quick);
    entries.push(entry);
    onResult?.(entry);
  }
  return {
    kind: profile.kind,
    adapter: capabilities.name,
    date: new Date().toISOString().slice(0, 10),
    command: quick ? "snnmlp tune --quick" : "snnmlp tune",
    entries,
  };
}

async function measure(device: Device, key: TuningKey, quick: boolean): Promise<TuningEntry> {
  const { timed, checked } = tuningShapes(key, device.profile.kind);
  const shapes = quick ? timed.slice(0, 1) : timed;
  const candidates = matmulVariants.filter((variant) => variantFits(variant, dimsOf(key, checked), device.profile));
  const wrong = new Map<MatmulVariant, string>();
  {
    using _product = scope(device);
    const product = makeProduct(device, key, dimsOf(key, checked));
    for (const variant of candidates) {
      const error = await errorOf(product, variant);
      if (error > tolerance) wrong.set(variant, `off by ${error.toExponential(1)}, allowed ${tolerance}`);
    }
  }
  const right = candidates.filter((variant) => !wrong.has(variant));
  if (right.length === 0) {
    throw new DeviceError("validation", `tune: no variant of ${key} computes right; run snnmlp doctor`);
  }
  const ms = new Map<MatmulVariant, number>(right.map((variant) => [variant, 0]));
  let flops = 0;
  for (const sizes of shapes) {
    using _product = scope(device);
    const product = makeProduct(device, key, dimsOf(key, sizes));
    const times = await race(product, right, quick ? 200 : 1000);
    for (const [variant, time] of times) ms.set(variant, (ms.get(variant) ?? 0) + time);
    flops += 2 * sizes[0] * sizes[1] * sizes[2];
  }
  const measured = candidates.map((variant): Measurement => {
    const time = ms.get(variant) ?? Number.NaN;
    const told = wrong.get(variant);
    return told === undefined
      ? { variant, ms: digits(time), gflops: digits(flops / time / 1e6) }
      : { variant, wrong: told };
  });
  const usual = chooseVariant(dimsOf(key, checked), { ...device.profile, tuning: undefined });
  const [fastest = usual] = [...right].sort((a, b) => (ms.get(a) ?? 0) - (ms.get(b) ?? 0));
  const keep = (ms.get(usual) ?? Number.POSITIVE_INFINITY) <= margin * (ms.get(fastest) ?? 0);
  const variant = keep ? usual : fastest;
  return { key, variant, shapes, measured };
}

/** For files that people read. */
const digits = (value: number): number => Number(value.toPrecision(4));
