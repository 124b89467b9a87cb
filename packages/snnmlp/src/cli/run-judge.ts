import { join } from "node:path";
import type { SNNMLP } from "../model/snnmlp.js";
import type { Evaluation } from "../train/evaluate.js";
import { averageName, bestName, type RunFolder } from "../train/run-folder.js";
import { modelOf, type RunParts } from "./train-checkpoint.js";

/** Evaluates a run's model, and the moving average of its parameters, and keeps the best model. */
export class RunJudge {
  /** The last evaluation of the model, and of the average where one is kept. */
  evaluation: Evaluation | undefined;
  averageEvaluation: Evaluation | undefined;
  #best: number;

  /** @param best the highest top-1 so far; -1 for none */
  constructor(
    private readonly run: RunParts,
    private readonly folder: RunFolder,
    private readonly evaluateModel: (model: SNNMLP, parameters?: SNNMLP["parameters"]) => Promise<Evaluation>,
    best: number,
  ) {
    this.#best = best;
  }

  /** Evaluates after `made` updates, none in flight. */
  async evaluate(made: number): Promise<void> {
    const { model, step } = this.run;
    const evaluation = await this.evaluateModel(model);
    this.evaluation = evaluation;
    if (step.average) this.averageEvaluation = await this.evaluateModel(model, step.average.parameters);
    if (evaluation.top1 <= this.#best) return;
    this.#best = evaluation.top1;
    await this.folder.saveModel(bestName, await modelOf(this.run, made, evaluation));
  }

  /** Writes the average as a model, where one is kept, and says where and how good it is. */
  async saveAverage(made: number): Promise<{ averageModel: string; averageEvaluation?: Evaluation } | undefined> {
    const { average } = this.run.step;
    if (!average) return undefined;
    await this.folder.saveModel(averageName, await modelOf(this.run, made, this.averageEvaluation, average.parameters));
    const averageModel = join(this.run.plan.out, averageName);
    return { averageModel, ...(this.averageEvaluation && { averageEvaluation: this.averageEvaluation }) };
  }
}
