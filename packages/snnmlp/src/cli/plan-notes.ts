import { isFolder } from "./train-flags.js";
import type { TrainingPlan } from "./train-plan.js";

/** What is worth knowing about a plan that may not be meant so, a line each. */
export function planNotes({ ignored, config, settings, out }: TrainingPlan, options: { output?: string }): string[] {
  const { batchSize, accumulationSteps, linearScaling } = settings;
  const { output, surrogate, lifGroup } = config;
  return [
    ...(ignored.length > 0 ? [`no meaning here, ignored: ${ignored.join(", ")}`] : []),
    ...(isFolder(options.output) ? [`--output ${options.output} is taken for the run's folder: --out ${out}`] : []),
    ...(output === "spike" && surrogate === "none" && lifGroup !== -1
      ? ["--output spike passes no gradient through a LIF without a --surrogate: choose one, as --surrogate sigmoid"]
      : []),
    ...(linearScaling && batchSize * accumulationSteps === 128
      ? ["an update is 128 images here; the authors' 8 GPUs with 128 each make it 1024: --accumulation-steps 8"]
      : []),
  ];
}
