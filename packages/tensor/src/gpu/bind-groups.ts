import type { Launch } from "@snnmlp/kernels-wgsl";
import type { Binding } from "../backend.js";
import { bytesPerElement } from "../dtype.js";
import type { GpuBuffer } from "./buffer-pool.js";
import type { Uniforms } from "./uniforms.js";

const maxCached = 8192;

/** The entries of a launch's bind group: the uniform block at 0, storage buffers from 1, padded to whole vec4s. */
export function entriesOf(launch: Launch, bindings: readonly Binding[], uniforms: Uniforms): GPUBindGroupEntry[] {
  const storage = bindings.map((binding, i) => {
    const size = bytesPerElement[binding.dtype];
    const bytes = Math.ceil((binding.length * size) / 16) * 16;
    const { gpu } = binding.buffer as GpuBuffer;
    return { binding: i + 1, resource: { buffer: gpu, offset: binding.offset * size, size: bytes } };
  });
  if (!launch.kernel.uniform) return storage;
  const { buffer, offset, size } = uniforms.slot(launch.params);
  return [{ binding: 0, resource: { buffer, offset, size } }, ...storage];
}

/** Bind groups by what they bind; creating one costs five times an encode, and a training loop repeats them. */
export class BindGroups {
  private readonly known = new Map<string, GPUBindGroup>();

  constructor(
    private readonly device: GPUDevice,
    private readonly uniforms: Uniforms,
  ) {}

  get(launch: Launch, layout: GPUBindGroupLayout, bindings: readonly Binding[]): GPUBindGroup {
    let key = layout.label;
    if (launch.kernel.uniform) key += `|${this.uniforms.slot(launch.params).id}`;
    for (const b of bindings) key += `|${(b.buffer as GpuBuffer).id}:${b.offset}:${b.length}:${b.dtype}`;
    const found = this.known.get(key);
    if (found) return found;
    if (this.known.size >= maxCached) this.known.clear();
    const entries = entriesOf(launch, bindings, this.uniforms);
    const group = this.device.createBindGroup({ label: launch.kernel.key, layout, entries });
    this.known.set(key, group);
    return group;
  }

  clear(): void {
    this.known.clear();
  }
}
