import type { Shape, Tensor } from "@snnmlp/tensor";
import type { FloatTensor } from "../checkpoint/checkpoint.js";
import { dtypeOf, type TensorToStore } from "../checkpoint/write-safetensors.js";
import type { TrainingStep } from "./step.js";

/** A checkpoint's optimiser state does not fit the run that wants to go on from it. */
export class ResumeError extends Error {
  override readonly name = "ResumeError";
}

/** Both moments of both AdamWs by `m.NAME` and `v.NAME`, the moving average of the parameters by `ema.NAME`, and `lossScale`. */
function* tensorsOf(step: TrainingStep): Generator<[name: string, tensor: Tensor<Shape, "f32">]> {
  for (const { moments } of [step.main, step.lif]) {
    for (const [moment, { tensors }] of Object.entries(moments)) {
      for (const [name, tensor] of Object.entries(tensors)) yield [`${moment}.${name}`, tensor];
    }
  }
  for (const [name, tensor] of Object.entries(step.average?.averages ?? {})) yield [`ema.${name}`, tensor];
  if (step.lossScale) yield ["lossScale", step.lossScale];
}

/** Both moments of both AdamWs and the moving average, in our layout: with the parameters and the step, all that a run carries on. */
export async function optimiserState(step: TrainingStep): Promise<Map<string, FloatTensor>> {
  const state = new Map<string, FloatTensor>();
  for (const [name, tensor] of tensorsOf(step)) state.set(name, { shape: tensor.shape, data: await tensor.read() });
  return state;
}

/** Puts a saved state back. @throws ResumeError naming the first tensor that is missing, foreign, or of another type or shape */
export function restoreOptimiserState(step: TrainingStep, state: ReadonlyMap<string, TensorToStore>): void {
  const tensors = new Map(tensorsOf(step));
  for (const [name, { shape }] of tensors) {
    const saved = state.get(name);
    const due = `F32 [${shape.join(", ")}]`;
    if (!saved) throw new ResumeError(`the checkpoint has no optimiser state ${name} ${due}; ${another}`);
    const found = `${dtypeOf(saved.data)} [${saved.shape.join(", ")}]`;
    if (found === due) continue;
    throw new ResumeError(`the checkpoint's optimiser state ${name} is ${found}, not ${due}; ${another}`);
  }
  const foreign = [...state.keys()].find((name) => !tensors.has(name));
  if (foreign !== undefined) {
    throw new ResumeError(`the checkpoint's optimiser state ${foreign} is none of this run's; ${another}`);
  }
  for (const [name, tensor] of tensors) {
    const data = state.get(name)?.data;
    if (data instanceof Float32Array) tensor.write(data);
  }
}

const another = "it is not of an unfinished run of this model: take another checkpoint";
