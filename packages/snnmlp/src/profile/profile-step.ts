import { type Clock, type Device, type DispatchTiming, profile } from "@snnmlp/tensor";

/** One kernel's share of a step; ms, bytes and FLOPs are of all its dispatches in one step. */
export interface KernelTime {
  readonly kernel: string;
  /** The ops that launched it. */
  readonly ops: readonly string[];
  readonly dispatches: number;
  readonly ms: number;
  /** What its dispatches must move and compute, as their launchers say. */
  readonly bytes: number;
  readonly flops: number;
}

/** One profiled step. */
export interface StepTimeline {
  /** ms since the first step began. */
  readonly begin: number;
  readonly wallMs: number;
  readonly callMs: number;
  readonly timings: readonly DispatchTiming[];
}

/** Where a step's time goes: kernels + betweenMs + hostMs + restMs = wallMs, all means over the profiled steps. */
export interface StepProfile {
  readonly clock: Clock;
  /** Longest first. */
  readonly kernels: readonly KernelTime[];
  readonly kernelMs: number;
  /** From one dispatch's end to the next one's begin: copies, and what the GPU waits for. */
  readonly betweenMs: number;
  /** The host's work before it waits, as far as the GPU does not work meanwhile: inputs written, all encoded and submitted. */
  readonly hostMs: number;
  /** What remains: waking the GPU, waiting for it, reading the result. */
  readonly restMs: number;
  readonly wallMs: number;
  /** The step as it runs when nobody looks: median of as many steps. */
  readonly usualMs: number;
  /** The host's work in it before it waits, partly beside the GPU's. */
  readonly usualHostMs: number;
  readonly steps: readonly StepTimeline[];
}

/** Runs a step `count` times as usual, then `count` times with every dispatch timed. Warm it up before. */
export async function profileStep(
  device: Device,
  step: () => Promise<unknown>,
  { steps: count, clock }: { readonly steps: number; readonly clock?: Clock | undefined },
): Promise<StepProfile> {
  const usual: number[] = [];
  const usualHost: number[] = [];
  for (let i = 0; i < count; i++) {
    const begin = performance.now();
    const pending = step();
    usualHost.push(performance.now() - begin);
    await pending;
    usual.push(performance.now() - begin);
  }
  const steps: StepTimeline[] = [];
  const origin = performance.now();
  let used: Clock = "wall";
  for (let i = 0; i < count; i++) {
    await device.idle();
    const begin = performance.now() - origin;
    const profiled = await profile(device, step, clock);
    steps.push({ begin, ...profiled });
    used = profiled.clock;
  }
  return { clock: used, ...accountFor(steps), usualMs: median(usual), usualHostMs: median(usualHost), steps };
}

function accountFor(steps: readonly StepTimeline[]) {
  const mean = (of: (step: StepTimeline) => number) => steps.reduce((sum, step) => sum + of(step), 0) / steps.length;
  const kernelMs = mean(busyMs);
  const wallMs = mean(({ wallMs }) => wallMs);
  const spanMs = mean(spanOf);
  const hostMs = mean((step) => Math.min(step.callMs, step.wallMs - spanOf(step)));
  return {
    kernels: byKernel(steps),
    kernelMs,
    betweenMs: spanMs - kernelMs,
    hostMs,
    restMs: wallMs - spanMs - hostMs,
    wallMs,
  };
}

const busyMs = ({ timings }: StepTimeline): number => timings.reduce((sum, { duration }) => sum + duration, 0);

/** ms from the first dispatch's begin to the last one's end. */
export const spanOf = ({ timings }: StepTimeline): number =>
  timings.reduce((end, { start, duration }) => Math.max(end, start + duration), 0);

function byKernel(steps: readonly StepTimeline[]): KernelTime[] {
  const kernels = new Map<string, DispatchTiming[]>();
  for (const timing of steps.flatMap(({ timings }) => timings)) {
    const { name } = timing.launch.kernel;
    const known = kernels.get(name);
    if (known) known.push(timing);
    else kernels.set(name, [timing]);
  }
  return [...kernels]
    .map(([kernel, timings]) => {
      const perStep = (of: (timing: DispatchTiming) => number) =>
        timings.reduce((sum, timing) => sum + of(timing), 0) / steps.length;
      return {
        kernel,
        ops: [...new Set(timings.map(({ op }) => op))].sort(),
        dispatches: perStep(() => 1),
        ms: perStep(({ duration }) => duration),
        bytes: perStep(({ launch }) => launch.bytes),
        flops: perStep(({ launch }) => launch.flops),
      };
    })
    .sort((a, b) => b.ms - a.ms);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}
