import { blend, makeSlab, type Slab, type Tensor, tensor } from "@snnmlp/tensor";
import type { SNNMLP } from "../model/snnmlp.js";
import { disposeSlab, shapesOf } from "./adamw.js";

/** Exponential moving average of a model's learned parameters: after each update a = decay a + (1 - decay) p. */
export class ParameterAverage {
  /** The averages by parameter name. */
  readonly averages: SNNMLP["parameters"];
  private readonly pairs: readonly { readonly of: Slab; readonly average: Slab }[];
  private readonly factors: Tensor<readonly [2], "f32">;

  /** Starts at the parameters as they are now. */
  constructor(
    private readonly model: SNNMLP,
    private readonly decay: number,
  ) {
    const { device, slabs } = model;
    this.pairs = [slabs.main, slabs.lif].map((slab) => ({
      of: slab,
      average: makeSlab(device, "moving average", shapesOf(slab)),
    }));
    this.averages = Object.assign({}, ...this.pairs.map(({ average }) => average.tensors));
    this.factors = tensor(device, [0, 1], [2]);
    this.reset();
  }

  /** The model's parameters with the averages in place of those that are learned. */
  get parameters(): SNNMLP["parameters"] {
    return { ...this.model.parameters, ...this.averages };
  }

  /** Starts again at the parameters as they are now, as after loading others. */
  reset(): void {
    this.factors.write([0, 1]);
    this.update();
    this.follow(true);
  }

  /** Whether the updates that are launched from here on count. */
  follow(follows: boolean): void {
    this.factors.write(follows ? [this.decay, 1 - this.decay] : [1, 0]);
  }

  /** Launches one step of the average. */
  update(): void {
    for (const { of, average } of this.pairs) {
      for (const [i, shard] of of.shards.entries()) {
        const mean = average.shards[i];
        if (mean) blend(mean, shard, this.factors);
      }
    }
  }

  /** Frees the averages; the model stays. */
  dispose(): void {
    for (const { average } of this.pairs) disposeSlab(average);
    this.factors.dispose();
  }
}
