import {
  adamw,
  type Device,
  hyperparameters,
  makeSlab,
  type Shape,
  type Slab,
  sumOfSquares,
  type Tensor,
  tensor,
} from "@snnmlp/tensor";

/** Settings that stay the same for a whole run; betas 0.9 and 0.999 and eps 1e-8 unless given. */
export interface AdamWOptions {
  /** Decoupled weight decay; the paper's main optimiser has 0.05 on every parameter, the LIFs' has 0. */
  readonly weightDecay: number;
  readonly beta1?: number | undefined;
  readonly beta2?: number | undefined;
  readonly eps?: number | undefined;
}

/**
 * AdamW (Loshchilov and Hutter, arXiv 1711.05101) over a slab of parameters: one launch a shard, however many parameters.
 * Gradients are placed in `gradients`, then `update` is launched; the rate of each step is written before it runs.
 */
export class AdamW {
  /** Where the gradients of the parameters go, by name. */
  readonly gradients: Slab;
  /** Running mean of the gradients, and of their squares. */
  readonly moments: { readonly m: Slab; readonly v: Slab };
  private readonly hyper: Tensor<readonly [8], "f32">;
  private readonly options: { readonly [K in keyof AdamWOptions]-?: number };

  /** @param parameters may be none, as the LIFs' of a model without LIFs */
  constructor(
    device: Device,
    private readonly parameters: Slab,
    options: AdamWOptions,
  ) {
    const { weightDecay, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = options;
    this.options = { weightDecay, beta1, beta2, eps };
    const shapes = shapesOf(parameters);
    this.gradients = makeSlab(device, "gradients", shapes);
    this.moments = { m: makeSlab(device, "adamw m", shapes), v: makeSlab(device, "adamw v", shapes) };
    this.hyper = tensor(device, new Float32Array(8), [8] as const);
  }

  /** Sets the learning rate of update number `step` (1 for the first), before it runs. */
  schedule(step: number, learningRate: number): void {
    this.hyper.write(hyperparameters({ ...this.options, lr: learningRate, step }));
  }

  /** Leaves parameters and moments as they are in the updates that follow, until the next `schedule`. */
  hold(): void {
    this.hyper.write(hyperparameters({ ...this.options, lr: 0, step: 1, hold: true }));
  }

  /** The sum of squares of the gradients, one tensor a shard: together with another optimiser's they make one norm. */
  squares(): Tensor<readonly [1], "f32">[] {
    return this.gradients.shards.map((shard) => sumOfSquares(shard));
  }

  /** Launches the update. @param clip its first value multiplies the gradients: see `clipScale` */
  update(clip: Tensor<readonly number[], "f32">): void {
    for (const [i, param] of this.parameters.shards.entries()) {
      const [m, v, grad] = [this.moments.m.shards[i], this.moments.v.shards[i], this.gradients.shards[i]];
      if (m && v && grad) adamw({ param, m, v, grad, hyper: this.hyper, clip });
    }
  }

  /** Frees gradients and moments; the parameters stay. */
  dispose(): void {
    for (const slab of [this.gradients, this.moments.m, this.moments.v]) disposeSlab(slab);
    this.hyper.dispose();
  }
}

/** The shapes of a slab's tensors, to make another like it. */
export const shapesOf = ({ tensors }: Slab): Record<string, Shape> =>
  Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));

/** Frees a slab. */
export function disposeSlab({ tensors, shards }: Slab): void {
  for (const tensor of [...Object.values(tensors), ...shards]) tensor.dispose();
}
