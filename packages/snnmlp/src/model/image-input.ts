import { packBytes, prepareImages, ShapeError, type Tensor, tensor } from "@snnmlp/tensor";
import type { Preprocessing } from "../data/preprocessing.js";
import type { Activations } from "./blocks.js";
import type { SNNMLP } from "./snnmlp.js";

/** Where a forward pass takes its images from: bytes go up as they are and are normalised on the GPU. */
export class ImageInput {
  /** The bytes, four a word: the input of a Program. */
  readonly bytes: Tensor<readonly [number], "u32">;
  private readonly shape: readonly [number, number, number, number];
  private readonly size: number;

  constructor(
    { device, config: { imageSize, inChannels } }: SNNMLP,
    batchSize: number,
    private readonly preprocessing: Preprocessing,
  ) {
    this.shape = [batchSize, imageSize, imageSize, inChannels];
    this.size = batchSize * imageSize ** 2 * inChannels;
    const zeros = packBytes(new Uint8Array(this.size));
    this.bytes = tensor(device, zeros, [zeros.length], "u32");
  }

  /** The model's input [batchSize, imageSize, imageSize, inChannels]. */
  activations(): Activations {
    return prepareImages(this.bytes, this.shape, this.preprocessing);
  }

  /** Sets the bytes of the next run. @throws ShapeError for another count than the batch has */
  write(images: Uint8Array): void {
    if (images.length !== this.size) {
      const wanted = `${this.size} bytes for [${this.shape.join(", ")}]`;
      throw new ShapeError("images", `must be ${wanted}, got ${images.length}; decode them to the model's size`);
    }
    this.bytes.write(packBytes(images));
  }

  dispose(): void {
    this.bytes.dispose();
  }
}
