import { join } from "node:path";
import type { SNNMLP } from "../model/snnmlp.js";
import type { Evaluation } from "./evaluate.js";
import { modelCheckpointOf, type RunParts } from "./run-checkpoint.js";
import { averageName, bestName, type RunFolder } from "./run-folder.js";

/** Evaluates a model, or other parameters in it; undefined where it was stopped before its end. */
export type EvaluateModel = (model: SNNMLP, parameters?: SNNMLP["parameters"]) => Promise<Evaluation | undefined>;

/** Evaluates a run's model, and the moving average of its parameters, and keeps the best model. */
export class RunJudge {
  /** The last evaluation of the model, and of the average where one is kept; undefined after one that was stopped. */
  evaluation: Evaluation | undefined;
  averageEvaluation: Evaluation | undefined;
  #best: number;

  /** @param best the highest top-1 so far; -1 for none */
  constructor(
    private readonly run: RunParts,
    private readonly folder: RunFolder,
    private readonly evaluateModel: EvaluateModel,
    best: number,
  ) {
    this.#best = best;
  }

  /** Evaluates after `made` updates, none in flight. @returns whether it came to its end */
  async evaluate(made: number): Promise<boolean> {
    const { model, step } = this.run;
    this.evaluation = undefined;
    this.averageEvaluation = undefined;
    const evaluation = await this.evaluateModel(model);
    const average = evaluation && step.average && (await this.evaluateModel(model, step.average.parameters));
    if (!evaluation || (step.average && !average)) return false;
    this.evaluation = evaluation;
    this.averageEvaluation = average;
    if (evaluation.top1 > this.#best) {
      this.#best = evaluation.top1;
      await this.folder.saveModel(bestName, await modelCheckpointOf(this.run, made, evaluation));
    }
    return true;
  }

  /** Writes the average as a model, where one is kept, and says where and how good it is. */
  async saveAverage(made: number): Promise<{ averageModel: string; averageEvaluation?: Evaluation } | undefined> {
    const { average } = this.run.step;
    if (!average) return undefined;
    const { averageEvaluation: evaluation, folder } = this;
    await folder.saveModel(averageName, await modelCheckpointOf(this.run, made, evaluation, average.parameters));
    return { averageModel: join(folder.path, averageName), ...(evaluation && { averageEvaluation: evaluation }) };
  }
}
