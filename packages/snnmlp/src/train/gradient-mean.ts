import { blend, type Device, makeSlab, type Shape, type Slab, type Tensor, tensor } from "@snnmlp/tensor";
import { type AdamW, disposeSlab, shapesOf } from "./adamw.js";

/**
 * The mean of the gradients and losses over all real images of the batches that make one update: each batch's own means go
 * to `fresh`, `add` takes them over into the optimisers' slabs, each batch by its share of the images so far.
 */
export class GradientMean {
  /** Where a batch's gradients go, by optimiser. */
  readonly fresh: ReadonlyMap<AdamW, Slab>;
  /** Mean loss of the images so far [1]. */
  readonly loss: Tensor<readonly [1], "f32">;
  /** Of the mean so far, and of the batch. */
  private readonly shares: Tensor<readonly [2], "f32">;
  private images = 0;

  constructor(device: Device, optimisers: readonly AdamW[]) {
    this.fresh = new Map(
      optimisers.map((optimiser) => [
        optimiser,
        makeSlab(device, "gradients of a batch", shapesOf(optimiser.gradients)),
      ]),
    );
    this.loss = tensor(device, [0], [1]);
    this.shares = tensor(device, [0, 0], [2]);
  }

  /**
   * Writes the shares that the next `add` reads.
   *
   * @param part which of the update's batches it is for, counted from 0
   * @param count how many of its images are real
   */
  weigh(part: number, count: number): void {
    if (part === 0) this.images = 0;
    const images = this.images + count;
    this.shares.write(images === 0 ? [0, 0] : [this.images / images, count / images]);
    this.images = images;
  }

  /** Launches what adds a batch's gradients in `fresh` and its loss to the mean. */
  add(loss: Tensor<Shape, "f32">): void {
    for (const [{ gradients }, fresh] of this.fresh) {
      for (const [i, shard] of fresh.shards.entries()) {
        const sum = gradients.shards[i];
        if (sum) blend(sum, shard, this.shares);
      }
    }
    blend(this.loss, loss, this.shares);
  }

  /** Frees the batch's gradients. */
  dispose(): void {
    for (const slab of this.fresh.values()) disposeSlab(slab);
    this.loss.dispose();
    this.shares.dispose();
  }
}
