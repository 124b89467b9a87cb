import type { Replay, Stats, Step } from "../backend.js";
import { bytesPerElement } from "../dtype.js";
import { entriesOf } from "./bind-groups.js";
import type { GpuBuffer } from "./buffer-pool.js";
import type { Commands } from "./commands.js";
import type { Pipelines } from "./pipelines.js";
import { Uniforms } from "./uniforms.js";

/** Encodes one step into an encoder that may have a pass open. */
type Encode = (commands: Commands) => void;

/** What a replay needs of its backend. */
export interface ReplayQueue {
  /** Where to encode a run; whatever was encoded before it has been submitted. */
  open(): Commands;
  /** Submits at the end of the current turn of the event loop, or with what the caller queues until then: a read, say. */
  submitSoon(): void;
  flush(): void;
}

/** Resolves every pipeline, uniform block and bind group of the steps once; a run is encode calls and one submit. */
export function prepareReplay(
  device: GPUDevice,
  pipelines: Pipelines,
  stats: Stats,
  steps: readonly Step[],
  queue: ReplayQueue,
): Replay {
  const uniforms = new Uniforms(device);
  const program = steps.map((step): Encode => {
    if (step.kind === "copy") {
      const size = bytesPerElement[step.to.dtype];
      const from = (step.from.buffer as GpuBuffer).gpu;
      const to = (step.to.buffer as GpuBuffer).gpu;
      const bytes = Math.ceil((step.from.length * size) / 4) * 4;
      return (commands) => {
        commands.outsidePasses().copyBufferToBuffer(from, step.from.offset * size, to, step.to.offset * size, bytes);
      };
    }
    const { op, launch } = step;
    const { gpu, layout } = pipelines.get(launch.kernel);
    const entries = entriesOf(launch, step.bindings, uniforms);
    const group = device.createBindGroup({ label: `${op} ${launch.kernel.key}`, layout, entries });
    const [x, y, z] = launch.grid;
    return (commands) => {
      const pass = commands.pass(op, launch);
      pass.setPipeline(gpu);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(x, y, z);
    };
  });
  const dispatches = steps.filter((step) => step.kind === "launch").length;
  return {
    run: () => {
      const begin = performance.now();
      const commands = queue.open();
      for (const encode of program) encode(commands);
      stats.hostMs += performance.now() - begin;
      stats.dispatches += dispatches;
      queue.submitSoon();
    },
    release: () => {
      // Runs that are not submitted yet still name the uniforms.
      queue.flush();
      uniforms.clear();
    },
  };
}
