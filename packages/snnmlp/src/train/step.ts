import { valueAndGrad } from "@snnmlp/autograd";
import {
  clipScale,
  compile,
  concat,
  crossEntropy,
  div,
  type MemoryPlan,
  type RandomKey,
  randomKey,
  reshape,
  type Shape,
  scope,
  sub,
  type Tensor,
  tensor,
} from "@snnmlp/tensor";
import type { Preprocessing } from "../data/preprocessing.js";
import type { Activations } from "../model/blocks.js";
import type { SNNMLP } from "../model/snnmlp.js";
import { AdamW } from "./adamw.js";

/** What stays the same from update to update. */
export interface TrainingStepOptions {
  readonly batchSize: number;
  readonly preprocessing: Preprocessing;
  /** Largest gradient norm over all parameters together; the paper's is 5. */
  readonly clip: number;
  /** Of the main parameters; the LIFs' is 0. */
  readonly weightDecay: number;
  /** Whether the drop-path masks differ between runs. */
  readonly seed: number;
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
 * One training step as one Program: normalise, forward, mean cross entropy, backward, clip, both AdamWs. What changes
 * from step to step (images, labels, learning rates, random key) lies in tensors it reads.
 */
export class TrainingStep {
  readonly main: AdamW;
  readonly lif: AdamW;
  /** Memory of the Program; `undefined` when eager. */
  readonly plan: MemoryPlan | undefined;

  private constructor(
    private readonly inputs: { images: Activations; labels: Tensor<Shape, "i32">; key: RandomKey },
    optimisers: { main: AdamW; lif: AdamW },
    private readonly seed: number,
    private readonly launch: () => { report: Tensor; done: () => void },
    private readonly program: { readonly plan: MemoryPlan; dispose(): void } | undefined,
  ) {
    this.main = optimisers.main;
    this.lif = optimisers.lif;
    this.plan = program?.plan;
  }

  static async create(model: SNNMLP, options: TrainingStepOptions): Promise<TrainingStep> {
    const { batchSize, preprocessing, clip, weightDecay, seed, eager = false, checkpointActivations = false } = options;
    const { device, config } = model;
    const main = new AdamW(model.slabs.main, { weightDecay });
    const lif = new AdamW(model.slabs.lif, { weightDecay: 0 });
    const images: Activations = tensor(
      device,
      new Float32Array(batchSize * config.imageSize ** 2 * config.inChannels),
      [batchSize, config.imageSize, config.imageSize, config.inChannels],
    );
    const labels = tensor(device, new Int32Array(batchSize), [batchSize], "i32");
    const key = randomKey(device, seed);
    const inputs = { images, labels, key };

    const step = () => {
      const loss = (parameters: typeof model.parameters) => {
        const x = normalise(images, preprocessing);
        const dropPathKey = config.dropPath > 0 ? key : undefined;
        return crossEntropy(model.forward(x, { parameters, dropPathKey, checkpointActivations }), labels);
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
      return concat([reshape(value as Tensor<Shape, "f32">, [1]), scale], 0);
    };

    if (eager) {
      const launch = () => {
        using s = scope(device);
        const report = s.keep(step());
        return { report, done: () => report.dispose() };
      };
      return new TrainingStep(inputs, { main, lif }, seed, launch, undefined);
    }
    const program = await compile(device, inputs, () => ({ report: step() }));
    const launch = () => ({ report: program.run().report, done: () => undefined });
    return new TrainingStep(inputs, { main, lif }, seed, launch, program);
  }

  /**
   * Runs one update. The result arrives when the GPU is done; the next update may be queued before.
   *
   * @param images bytes [batchSize, imageSize, imageSize, inChannels]
   * @param labels classes [batchSize]
   * @param update number of the update, from 1
   */
  async run(
    batch: { readonly images: Uint8Array | Float32Array; readonly labels: Int32Array },
    update: number,
    { main, lif, lifUpdate = update }: Rates,
  ): Promise<StepResult> {
    this.inputs.images.write(batch.images);
    this.inputs.labels.write(batch.labels);
    this.inputs.key.write([this.seed, update]);
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
    for (const input of Object.values(this.inputs)) input.dispose();
    this.main.dispose();
    this.lif.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** `(byte / 255 - mean) / std` per channel. */
export function normalise(bytes: Activations, { mean, std }: Preprocessing): Activations {
  const { device } = bytes;
  const scaled = (values: readonly number[]) =>
    tensor(
      device,
      values.map((value) => 255 * value),
      [values.length],
    );
  return div(sub(bytes, scaled(mean)), scaled(std)) as Activations;
}
