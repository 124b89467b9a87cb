import { valueAndGrad } from "@snnmlp/autograd";
import { clipScale, concat, type MemoryPlan, mul, reshape, slice, type Tensor, tensor } from "@snnmlp/tensor";
import type { SNNMLP } from "../model/snnmlp.js";
import { AdamW } from "./adamw.js";
import { GradientMean } from "./gradient-mean.js";
import { eagerLauncher, type Launcher, programLauncher } from "./launcher.js";
import { brokenGradients, brokenLayer, brokenParameter } from "./not-finite.js";
import { ParameterAverage } from "./parameter-average.js";
import { type StepInputOptions, StepInputs, type TrainingBatch } from "./step-inputs.js";

/** What stays the same from update to update. */
export interface TrainingStepOptions extends StepInputOptions {
  /** Largest gradient norm over all parameters together; the paper's is 5. */
  readonly clip: number;
  /** Of the main parameters. */
  readonly weightDecay: number;
  /** Of tau and Vth; default 0. */
  readonly lifWeightDecay?: number;
  /** Of both AdamWs. */
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
  /** Batches of an update, which follows the mean gradient of all their real images; default 1. */
  readonly accumulationSteps?: number;
  /** Decay of a moving average of the parameters; default 0: none is kept. */
  readonly emaDecay?: number;
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
  /** On a device of precision f16: what the loss was multiplied by for its gradient. */
  readonly lossScale?: number;
}

/** PyTorch's `GradScaler` starts with it, too. */
const firstLossScale = 65_536;

/**
 * One training step as one Program: normalise, erase and mix, forward, mean cross entropy, backward, clip, both AdamWs.
 * What changes from step to step (the batch, learning rates, random choices) lies in tensors it reads. With accumulation
 * it is two Programs: one run for each batch, and one for the update. A loss or gradient that is not finite is reported,
 * and updates nothing. On a device of precision f16 the loss is scaled, so that small gradients survive being rounded.
 */
export class TrainingStep {
  /** Memory of the Program of a batch; `undefined` when eager. */
  readonly plan: MemoryPlan | undefined;

  private constructor(
    private readonly model: SNNMLP,
    private readonly inputs: StepInputs,
    readonly main: AdamW,
    readonly lif: AdamW,
    /** The moving average of the parameters, where one is kept. */
    readonly average: ParameterAverage | undefined,
    /** [2]: see `clipScale`; where products are of mixed precision. */
    readonly lossScale: Tensor<readonly [2], "f32"> | undefined,
    private readonly mean: GradientMean | undefined,
    private readonly batches: number,
    private readonly launchers: { readonly batch?: Launcher; readonly update: Launcher },
  ) {
    this.plan = (launchers.batch ?? launchers.update).plan;
  }

  /** @throws ConfigError for mixing settings that cannot be, DeviceError when memory does not suffice */
  static async create(model: SNNMLP, options: TrainingStepOptions): Promise<TrainingStep> {
    const { clip, weightDecay, lifWeightDecay = 0, accumulationSteps = 1, emaDecay = 0 } = options;
    const { eager = false, checkpointActivations = false } = options;
    const { device, config, slabs } = model;
    const inputs = new StepInputs(device, config, options);
    const main = new AdamW(device, slabs.main, { ...options, weightDecay });
    const lif = new AdamW(device, slabs.lif, { ...options, weightDecay: lifWeightDecay });
    const mean = accumulationSteps > 1 ? new GradientMean(device, [main, lif]) : undefined;
    const average = emaDecay > 0 ? new ParameterAverage(model, emaDecay) : undefined;
    const lossScale =
      device.profile.precision === "f16" ? tensor(device, [firstLossScale, 0], [2] as const) : undefined;
    const factor = (): Loss[] => (lossScale ? [slice(lossScale, [[0, 1]]) as Loss] : []);

    const differentiate = (): Loss => {
      const loss = (learned: SNNMLP["parameters"]) => {
        const parameters = { ...model.parameters, ...learned };
        const dropPathKey = config.dropPath > 0 ? inputs.tensors.key : undefined;
        const logits = model.forward(inputs.activations(), { parameters, dropPathKey, checkpointActivations });
        return factor().reduce((scaled, by) => mul(scaled, reshape(by, [])), inputs.loss(logits));
      };
      const { value, gradient } = valueAndGrad(loss)({ ...slabs.main.tensors, ...slabs.lif.tensors });
      for (const optimiser of [main, lif]) {
        const places = mean?.fresh.get(optimiser) ?? optimiser.gradients;
        for (const [name, place] of Object.entries(places.tensors)) {
          const found = gradient[name];
          if (found) device.place("gradient", found, place);
        }
      }
      return reshape(value as Tensor<readonly [], "f32">, [1]);
    };
    const update = (loss: Loss): { report: Tensor } => {
      const used = factor();
      const scale = clipScale([...main.squares(), ...lif.squares()], clip, [loss], lossScale);
      main.update(scale);
      lif.update(scale);
      average?.update();
      return { report: concat([loss, scale, ...used], 0) };
    };
    const launcher = eager ? eagerLauncher : programLauncher;
    const launchers = mean
      ? {
          batch: await launcher(device, inputs.tensors, () => {
            mean.add(differentiate());
            return {};
          }),
          update: await launcher(device, {}, () => update(mean.loss)),
        }
      : { update: await launcher(device, inputs.tensors, () => update(differentiate())) };
    return new TrainingStep(model, inputs, main, lif, average, lossScale, mean, accumulationSteps, launchers);
  }

  /**
   * Adds a batch to the mean gradient of an update with accumulation, by its real images; the last batch goes to `run`.
   *
   * @param update number of the update, from 1; with `part` and the seed it determines all random choices
   * @param part which of the update's batches, from 0
   */
  accumulate(batch: TrainingBatch, update: number, part: number): void {
    this.inputs.write(batch, (update - 1) * this.batches + part + 1);
    if (!this.mean || !this.launchers.batch) return;
    this.mean.weigh(part, batch.count ?? this.inputs.batchSize);
    this.launchers.batch.launch();
  }

  /**
   * Runs one update. The result arrives when the GPU is done; the next update may be queued before.
   *
   * @param batch the last one of the update, where it has several
   * @param update number of the update, from 1; with the seed it determines all random choices
   */
  async run(batch: TrainingBatch, update: number, { main, lif, lifUpdate = update }: Rates): Promise<StepResult> {
    this.accumulate(batch, update, this.batches - 1);
    this.main.schedule(update, main);
    if (lifUpdate > 0) this.lif.schedule(lifUpdate, lif);
    else this.lif.hold();
    this.average?.follow(true);
    const { report, done } = this.launchers.update.launch();
    try {
      const [scaled = Number.NaN, , gradientNorm = Number.NaN, lossScale] = (await report?.read()) ?? [];
      if (lossScale === undefined) return { loss: scaled, gradientNorm };
      return { loss: scaled / lossScale, gradientNorm, lossScale };
    } finally {
      done();
    }
  }

  /**
   * Says which layer an update that was not finite got stuck at, by computing it again without updating anything.
   *
   * @param batches all of the update's
   */
  async locate(batches: readonly TrainingBatch[], update: number): Promise<string | undefined> {
    const parameter = await brokenParameter(this.model);
    if (parameter !== undefined) return parameter;
    const key = this.model.config.dropPath > 0 ? this.inputs.tensors.key : undefined;
    for (const [part, batch] of batches.entries()) {
      this.accumulate(batch, update, part);
      const layer = await brokenLayer(this.model, () => this.inputs.activations(), key);
      if (layer !== undefined) return layer;
    }
    this.main.hold();
    this.lif.hold();
    this.average?.follow(false);
    const { report, done } = this.launchers.update.launch();
    await report?.read();
    done();
    return brokenGradients(this.model, { ...this.main.gradients.tensors, ...this.lif.gradients.tensors });
  }

  /** Frees the Programs, the inputs, gradients, moments and averages; the model stays. A second call does nothing. */
  dispose(): void {
    for (const launcher of [this.launchers.batch, this.launchers.update]) launcher?.dispose();
    const parts = [this.inputs, this.main, this.lif, this.mean, this.average, this.lossScale];
    for (const part of parts) part?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

type Loss = Tensor<readonly [1], "f32">;
