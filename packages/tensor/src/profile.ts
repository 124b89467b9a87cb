import type { Device } from "./device.js";
import { DeviceError } from "./errors.js";
import type { Clock, DispatchTiming } from "./gpu/profile.js";

/** Where the time of some work went. */
export interface Profiled<T> {
  readonly result: T;
  /** Every dispatch, in order. */
  readonly timings: readonly DispatchTiming[];
  readonly clock: Clock;
  /** ms from the call until the GPU was idle again. */
  readonly wallMs: number;
  /** ms of it until `work` returned its promise: what the host did before it waited. */
  readonly callMs: number;
}

/**
 * Runs `work` with every dispatch in a compute pass of its own and times each. That costs some time, so compare
 * dispatches with each other, and with the same work run as usual.
 *
 * @param work launches ops or runs Programs on `device`
 * @param clock default: the GPU's own where the adapter has `timestamp-query`, else the wall clock
 * @throws DeviceError on a device that cannot be timed, and for `gpu` where there is no `timestamp-query`
 *
 * ```ts
 * const { timings } = await profile(device, async () => program.run());
 * ```
 */
export async function profile<T>(device: Device, work: () => Promise<T>, clock?: Clock): Promise<Profiled<T>> {
  const { backend, capabilities } = device;
  if (!backend.startTiming) throw new DeviceError("validation", `profile: ${capabilities.name} has no clock`);
  const chosen = clock ?? (capabilities.timestamps ? "gpu" : "wall");
  if (chosen === "gpu" && !capabilities.timestamps) {
    throw new DeviceError("validation", `profile: ${capabilities.name} has no timestamp-query; use the wall clock`);
  }
  await device.idle();
  const begin = performance.now();
  const finish = backend.startTiming(chosen);
  let timings: readonly DispatchTiming[] = [];
  try {
    const pending = work();
    const callMs = performance.now() - begin;
    const result = await pending;
    await device.idle();
    const wallMs = performance.now() - begin;
    timings = await finish();
    return { result, timings, clock: chosen, wallMs, callMs };
  } catch (cause) {
    await finish().catch(() => undefined);
    throw cause;
  }
}
