import { blend, type Device, makeSlab, type Shape, type Slab, type Tensor, tensor } from "@snnmlp/tensor";
import { type AdamW, disposeSlab, shapesOf } from "./adamw.js";

/**
 * The mean of the gradients and losses of the batches that make one update: each batch's go to `fresh`, `add` takes them
 * over into the optimisers' slabs.
 */
export class GradientMean {
  /** Where a batch's gradients go, by optimiser. */
  readonly fresh: ReadonlyMap<AdamW, Slab>;
  /** Mean loss of the batches so far, times their share of the update [1]. */
  readonly loss: Tensor<readonly [1], "f32">;
  private readonly factors: Tensor<readonly [2], "f32">;

  constructor(
    device: Device,
    optimisers: readonly AdamW[],
    private readonly batches: number,
  ) {
    this.fresh = new Map(
      optimisers.map((optimiser) => [
        optimiser,
        makeSlab(device, "gradients of a batch", shapesOf(optimiser.gradients)),
      ]),
    );
    this.loss = tensor(device, [0], [1]);
    this.factors = tensor(device, [0, 0], [2]);
  }

  /** Says which of an update's batches, counted from 0, the next `add` is for. */
  begin(batch: number): void {
    this.factors.write([batch === 0 ? 0 : 1, 1 / this.batches]);
  }

  /** Launches what adds a batch's gradients in `fresh` and its loss to the mean. */
  add(loss: Tensor<Shape, "f32">): void {
    for (const [{ gradients }, fresh] of this.fresh) {
      for (const [i, shard] of fresh.shards.entries()) {
        const sum = gradients.shards[i];
        if (sum) blend(sum, shard, this.factors);
      }
    }
    blend(this.loss, loss, this.factors);
  }

  /** Frees the batch's gradients. */
  dispose(): void {
    for (const slab of this.fresh.values()) disposeSlab(slab);
    this.loss.dispose();
    this.factors.dispose();
  }
}
