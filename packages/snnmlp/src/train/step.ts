import { valueAndGrad } from "@snnmlp/autograd";
import { clipScale, compile, concat, type MemoryPlan, reshape, scope, type Tensor } from "@snnmlp/tensor";
import type { SNNMLP } from "../model/snnmlp.js";
import { AdamW } from "./adamw.js";
import { type StepInputOptions, StepInputs, type TrainingBatch } from "./step-inputs.js";

/** What stays the same from update to update. */
export interface TrainingStepOptions extends StepInputOptions {
  /** Largest gradient norm over all parameters together; the paper's is 5. */
  readonly clip: number;
  /** Of the main parameters; the LIFs' is 0. */
  readonly weightDecay: number;
  /** Recomputes a block's activations in the backward pass instead of keeping them: less memory, more time, same bits. */
  readonly checkpointActivations?: boolean;
  /** Launches every op anew instead of replaying a Program: slower, for debugging. */
  readonly eager?: boolean;
}

/** Learning rates of one update. */
export interface Rates {
  readonly main: number;
  readonly lif: number;
  /** Number of the update of tau and Vth, from 1, where it is not that of the others; 0 leaves them as they are. */
  readonly lifUpdate?: number;
}

/** What a step gives back: loss before the update, gradient norm before clipping. */
export interface StepResult {
  readonly loss: number;
  readonly gradientNorm: number;
}

/**
 * One training step as one Program: normalise, erase and mix, forward, mean cross entropy, backward, clip, both AdamWs.
 * What changes from step to step (the batch, learning rates, random choices) lies in tensors it reads.
 */
export class TrainingStep {
  readonly main: AdamW;
  readonly lif: AdamW;
  /** Memory of the Program; `undefined` when eager. */
  readonly plan: MemoryPlan | undefined;

  private constructor(
    private readonly inputs: StepInputs,
    optimisers: { main: AdamW; lif: AdamW },
    private readonly launch: () => { report: Tensor; done: () => void },
    private readonly program: { readonly plan: MemoryPlan; dispose(): void } | undefined,
  ) {
    this.main = optimisers.main;
    this.lif = optimisers.lif;
    this.plan = program?.plan;
  }

  static async create(model: SNNMLP, options: TrainingStepOptions): Promise<TrainingStep> {
    const { clip, weightDecay, eager = false, checkpointActivations = false } = options;
    const { device, config } = model;
    const inputs = new StepInputs(device, config, options);
    const main = new AdamW(model.slabs.main, { weightDecay });
    const lif = new AdamW(model.slabs.lif, { weightDecay: 0 });

    const step = () => {
      const loss = (parameters: typeof model.parameters) => {
        const dropPathKey = config.dropPath > 0 ? inputs.tensors.key : undefined;
        return inputs.loss(model.forward(inputs.activations(), { parameters, dropPathKey, checkpointActivations }));
      };
      const { value, gradient } = valueAndGrad(loss)(model.parameters);
      for (const optimiser of [main, lif]) {
        for (const [name, place] of Object.entries(optimiser.gradients.tensors)) {
          const found = gradient[name];
          if (found) device.place("gradient", found, place);
        }
      }
      const scale = clipScale([...main.squares(), ...lif.squares()], clip);
      main.update(scale);
      lif.update(scale);
      return concat([reshape(value as Tensor<readonly [], "f32">, [1]), scale], 0);
    };

    if (eager) {
      const launch = () => {
        using s = scope(device);
        const report = s.keep(step());
        return { report, done: () => report.dispose() };
      };
      return new TrainingStep(inputs, { main, lif }, launch, undefined);
    }
    const program = await compile(device, inputs.tensors, () => ({ report: step() }));
    const launch = () => ({ report: program.run().report, done: () => undefined });
    return new TrainingStep(inputs, { main, lif }, launch, program);
  }

  /**
   * Runs one update. The result arrives when the GPU is done; the next update may be queued before.
   *
   * @param update number of the update, from 1; with the seed it determines all random choices
   */
  async run(batch: TrainingBatch, update: number, { main, lif, lifUpdate = update }: Rates): Promise<StepResult> {
    this.inputs.write(batch, update);
    this.main.schedule(update, main);
    if (lifUpdate > 0) this.lif.schedule(lifUpdate, lif);
    else this.lif.hold();
    const { report, done } = this.launch();
    try {
      const [loss = Number.NaN, , gradientNorm = Number.NaN] = await report.read();
      return { loss, gradientNorm };
    } finally {
      done();
    }
  }

  /** Frees the Program, the inputs, gradients and moments; the model stays. A second call does nothing. */
  dispose(): void {
    this.program?.dispose();
    this.inputs.dispose();
    this.main.dispose();
    this.lif.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
