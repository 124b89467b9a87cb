import { copyCeilingLaunch, type Launch, multiplyAddCeilingLaunch } from "@snnmlp/kernels-wgsl";
import type { Device } from "./device.js";
import { tensor } from "./ops/create.js";
import { compile } from "./program/program.js";
import { scope } from "./scope.js";
import type { Tensor } from "./tensor.js";

/** What an adapter was measured to do at most: what other kernels are held against. */
export interface Ceilings {
  /** Reading and writing together, by the fastest kernel that only copies, over more memory than caches hold. */
  readonly bytesPerSecond: number;
  /** f32, by multiply-adds in registers; one counts as two. */
  readonly flopsPerSecond: number;
}

/** Measures an adapter's ceilings; takes about a second and at most 1 GiB of its memory. */
export async function measureCeilings(device: Device): Promise<Ceilings> {
  using _all = scope(device);
  const { kind } = device.profile;
  const count = Math.min(device.capabilities.maxBindingBytes, kind === "gpu" ? 2 ** 29 : 2 ** 26) / 4;
  const x = device.empty("ceilings", [count], "f32");
  const y = device.empty("ceilings", [count], "f32");
  let bytesPerSecond = 0;
  for (const per of [1, 4]) {
    const launch = copyCeilingLaunch(count, per);
    bytesPerSecond = Math.max(bytesPerSecond, launch.bytes / (await fastest(device, launch, [x, y])));
  }
  const [invocations, rounds] = kind === "gpu" ? [2 ** 20, 1024] : [2 ** 14, 256];
  const launch = multiplyAddCeilingLaunch(invocations, rounds);
  const factors = tensor(device, [0.5, 0.25], [2]);
  const sums = device.empty("ceilings", [invocations], "f32");
  return { bytesPerSecond, flopsPerSecond: launch.flops / (await fastest(device, launch, [factors, sums])) };
}

/** Launches a run, so that waiting for it weighs little, and ms of runs in all, so that the clock rate is up. */
const repeats = 4;
const enough = 300;

/** Seconds of one launch in the fastest run. */
async function fastest(device: Device, launch: Launch, tensors: readonly Tensor[]): Promise<number> {
  using program = await compile(device, {}, () => {
    for (let i = 0; i < repeats; i++) device.launch("ceilings", launch, tensors);
    return {};
  });
  const begin = performance.now();
  let best = Number.POSITIVE_INFINITY;
  while (performance.now() - begin < enough) {
    const start = performance.now();
    program.run();
    await device.idle();
    best = Math.min(best, performance.now() - start);
  }
  return best / 1000 / repeats;
}
