import type { Replay, Stats, Step } from "../backend.js";
import { bytesPerElement } from "../dtype.js";
import { entriesOf } from "./bind-groups.js";
import type { GpuBuffer } from "./buffer-pool.js";
import type { Pipelines } from "./pipelines.js";
import { Uniforms } from "./uniforms.js";

/** Encodes one step into an encoder that may have a pass open. */
type Encode = (commands: Commands) => void;

/** An encoder with at most one open compute pass; copies close it. */
class Commands {
  readonly encoder: GPUCommandEncoder;
  private open: GPUComputePassEncoder | undefined;
  constructor(device: GPUDevice) {
    this.encoder = device.createCommandEncoder();
  }
  pass(): GPUComputePassEncoder {
    this.open ??= this.encoder.beginComputePass();
    return this.open;
  }
  endPass(): void {
    this.open?.end();
    this.open = undefined;
  }
}

/** Resolves every pipeline, uniform block and bind group of the steps once; a run is encode calls and one submit. */
export function prepareReplay(
  device: GPUDevice,
  pipelines: Pipelines,
  stats: Stats,
  steps: readonly Step[],
  beforeRun: () => void,
): Replay {
  const uniforms = new Uniforms(device);
  const program = steps.map((step): Encode => {
    if (step.kind === "copy") {
      const size = bytesPerElement[step.to.dtype];
      const from = (step.from.buffer as GpuBuffer).gpu;
      const to = (step.to.buffer as GpuBuffer).gpu;
      const bytes = Math.ceil((step.from.length * size) / 4) * 4;
      return (commands) => {
        commands.endPass();
        commands.encoder.copyBufferToBuffer(from, step.from.offset * size, to, step.to.offset * size, bytes);
      };
    }
    const { launch } = step;
    const { gpu, layout } = pipelines.get(launch.kernel);
    const entries = entriesOf(launch, step.bindings, uniforms);
    const group = device.createBindGroup({ label: `${step.op} ${launch.kernel.key}`, layout, entries });
    const [x, y, z] = launch.grid;
    return (commands) => {
      const pass = commands.pass();
      pass.setPipeline(gpu);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(x, y, z);
    };
  });
  const dispatches = steps.filter((step) => step.kind === "launch").length;
  return {
    run: () => {
      beforeRun();
      const commands = new Commands(device);
      for (const encode of program) encode(commands);
      commands.endPass();
      device.queue.submit([commands.encoder.finish()]);
      stats.dispatches += dispatches;
      stats.submits += 1;
    },
    release: () => uniforms.clear(),
  };
}
