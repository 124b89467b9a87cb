import { Device } from "@snnmlp/tensor";
import { CheckingBackend, type KernelCheck } from "./checking-backend.js";
import { scenarios } from "./scenarios.js";

/** How the kernels of a device did. */
export interface SelfTest {
  readonly adapter: string;
  /** Whether every kernel is within its tolerance. */
  readonly ok: boolean;
  readonly seconds: number;
  readonly checks: readonly (KernelCheck & { readonly tolerance: number; readonly ok: boolean })[];
}

/** Largest error over the largest value of an output, in f32. */
const tolerance = 1e-5;
/** WGSL allows these built-in functions an absolute error of 2^-11, and half precision has 11 bits. */
const coarseTolerance = 1e-3;
const coarse = /^elementwise\/(tanh|pow|exp|log)(-grad)?\b|=f16|^random\/normal|^prepare\/augment/;

/**
 * Runs small cases of every op and a training step of a small model on a device and holds each kernel they launch against
 * its float64 reference. Takes seconds, and little memory.
 */
export async function selfTest(device: Device): Promise<SelfTest> {
  const started = performance.now();
  const backend = new CheckingBackend(device.backend);
  const checked = new Device(backend, device.stats);
  for (const scenario of scenarios) await scenario(checked);
  const checks = (await backend.results()).map((check) => {
    const allowed = coarse.test(check.kernel) ? coarseTolerance : tolerance;
    return { ...check, tolerance: allowed, ok: check.error <= allowed };
  });
  const seconds = (performance.now() - started) / 1000;
  return { adapter: device.capabilities.name, ok: checks.every(({ ok }) => ok), seconds, checks };
}
