import type { FloatTensor } from "../checkpoint/checkpoint.js";
import type { TensorToStore } from "../checkpoint/write-safetensors.js";
import type { AdamW } from "./adamw.js";
import type { TrainingStep } from "./step.js";

/** A checkpoint's optimiser state does not fit the run that wants to go on from it. */
export class ResumeError extends Error {
  override readonly name = "ResumeError";
}

const optimisers = (step: TrainingStep): AdamW[] => [step.main, step.lif];

/** Both moments of both AdamWs by `m.NAME` and `v.NAME`, in our layout: with the parameters, all that a run carries on. */
export async function optimiserState(step: TrainingStep): Promise<Map<string, FloatTensor>> {
  const state = new Map<string, FloatTensor>();
  for (const { moments } of optimisers(step)) {
    for (const [moment, { tensors }] of Object.entries(moments)) {
      for (const [name, tensor] of Object.entries(tensors)) {
        state.set(`${moment}.${name}`, { shape: tensor.shape, data: await tensor.read() });
      }
    }
  }
  return state;
}

/** Puts a saved state back. @throws ResumeError when a moment is missing or has another size */
export function restoreOptimiserState(step: TrainingStep, state: ReadonlyMap<string, TensorToStore>): void {
  for (const { moments } of optimisers(step)) {
    for (const [moment, { tensors }] of Object.entries(moments)) {
      for (const [name, tensor] of Object.entries(tensors)) {
        const saved = state.get(`${moment}.${name}`);
        if (saved?.data instanceof Float32Array && saved.data.length === tensor.size) tensor.write(saved.data);
        else
          throw new ResumeError(
            `the checkpoint has no optimiser state ${moment}.${name} of ${tensor.size} values; it cannot be continued`,
          );
      }
    }
  }
}
