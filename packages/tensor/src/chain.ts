import type { Chain } from "@snnmlp/kernels-wgsl";
import type { Device } from "./device.js";
import type { Tensor } from "./tensor.js";

/**
 * Runs the launches of a chain in order. `tensors` are the caller's, in the order the launcher documents; one that no
 * step binds may be left out as `undefined`. Scratch memory is made and freed here.
 */
export function launchChain(device: Device, op: string, chain: Chain, tensors: readonly (Tensor | undefined)[]): void {
  const scratch = chain.scratch.map((length) => device.empty(op, [length], "f32"));
  const all = [...tensors, ...scratch];
  for (const [launch, indices] of chain.steps) {
    const bound = indices.map((index) => {
      const tensor = all[index];
      if (!tensor) throw new Error(`internal: ${op}: ${launch.kernel.name} binds buffer ${index}, which was not given`);
      return tensor;
    });
    device.launch(op, launch, bound);
  }
  for (const tensor of scratch) tensor.dispose();
}
