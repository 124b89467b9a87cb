import { writeFile } from "node:fs/promises";
import { explain, FileError } from "../file-error.js";
import { type StepProfile, spanOf } from "./profile-step.js";

/** Threads of the trace: Chrome's format knows processes and threads, not GPUs. */
const tracks = { host: 1, gpu: 2 };

/**
 * Steps in Chrome's trace event format, which chrome://tracing and ui.perfetto.dev open. GPU and host clocks have no common
 * zero, so a step's last dispatch is drawn to end with the step.
 */
export function traceEvents({ steps, clock }: StepProfile, adapter: string) {
  const events: object[] = [
    named("process_name", 0, "snnmlp"),
    named("thread_name", tracks.host, "host"),
    named("thread_name", tracks.gpu, `${adapter} (${clock} clock)`),
  ];
  for (const [i, step] of steps.entries()) {
    const { begin, wallMs, callMs, timings } = step;
    events.push(
      complete(tracks.host, `step ${i + 1}`, begin, wallMs, {}),
      complete(tracks.host, "write, encode, submit", begin, callMs, {}),
      complete(tracks.host, "wait and read", begin + callMs, wallMs - callMs, {}),
    );
    const offset = begin + wallMs - spanOf(step);
    for (const { op, launch, start, duration } of timings) {
      const { kernel, grid, bytes, flops } = launch;
      const perNanosecond = (amount: number) => (duration > 0 ? Number((amount / duration / 1e6).toPrecision(4)) : 0);
      const args = { op, key: kernel.key, grid: grid.join(" x "), bytes, flops };
      const rates = { "GB/s": perNanosecond(bytes), "GFLOP/s": perNanosecond(flops) };
      events.push(complete(tracks.gpu, kernel.name, offset + start, duration, { ...args, ...rates }));
    }
  }
  return { displayTimeUnit: "ms", traceEvents: events };
}

/** Writes the trace. @throws FileError when the file cannot be written */
export async function writeTrace(path: string, profile: StepProfile, adapter: string): Promise<void> {
  try {
    await writeFile(path, JSON.stringify(traceEvents(profile, adapter)));
  } catch (cause) {
    throw new FileError(path, ...explain(cause), { cause });
  }
}

const named = (name: string, tid: number, value: string) => ({ name, ph: "M", pid: 1, tid, args: { name: value } });

/** An event with a begin and a duration, in ms; the format counts microseconds. */
const complete = (tid: number, name: string, begin: number, duration: number, args: object) => ({
  name,
  ph: "X",
  pid: 1,
  tid,
  ts: micro(begin),
  dur: micro(duration),
  args,
});

const micro = (ms: number): number => Math.round(ms * 1e6) / 1e3;
