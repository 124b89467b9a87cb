import {
  type Device,
  type EraseMode,
  mixedCrossEntropy,
  packBytes,
  prepareImages,
  type RandomKey,
  randomKey,
  type Shape,
  ShapeError,
  type Tensor,
  tensor,
} from "@snnmlp/tensor";
import type { SnnmlpConfig } from "../config.js";
import type { Preprocessing } from "../data/preprocessing.js";
import type { Activations } from "../model/blocks.js";
import { checkMixing, type MixingSettings, mixingOf } from "./mixing.js";

/** How a batch becomes a model's input and targets; the same for all updates. */
export interface StepInputOptions {
  readonly batchSize: number;
  /** What happens to bytes; `undefined`: images are floats that go into the model as they are. */
  readonly preprocessing: Preprocessing | undefined;
  /** Draws lambda, boxes, noise and drop-path. */
  readonly seed: number;
  /** Mixup and CutMix; default neither. */
  readonly mixing?: MixingSettings | undefined;
  /** Share of every target spread evenly over the classes; default 0. */
  readonly labelSmoothing?: number | undefined;
  /** What erased rectangles hold; default N(0, 1) noise. */
  readonly eraseMode?: EraseMode | undefined;
}

/** What an update, or a part of one with accumulation, learns from. */
export interface TrainingBatch {
  /** Bytes [batchSize, imageSize, imageSize, inChannels], or floats for a step without preprocessing. */
  readonly images: Uint8Array | Float32Array;
  /** Classes [batchSize]. */
  readonly labels: Int32Array;
  /** A rectangle (top, left, height, width) of each image to erase [batchSize, 4], height 0 for none; default none. */
  readonly erase?: Int32Array | undefined;
  /** How many images are real, from the first on; the rest counts for nothing. Default all. */
  readonly count?: number | undefined;
}

/** The drop-paths of a model have the small numbers. */
const eraseStream = 2 ** 32 - 1;

/**
 * The tensors a training step reads its batch and its random choices from, and the two ends of the step that read them:
 * the model's input, and the loss. Bytes go up as they are; all else about them happens on the GPU.
 */
export class StepInputs {
  /** What is written before each run. `key` also draws drop-path. */
  readonly tensors: {
    readonly images: Tensor<Shape, "f32" | "u32">;
    readonly labels: Tensor<readonly [number], "i32">;
    readonly erase: Tensor<readonly [number, 4], "i32">;
    readonly cut: Tensor<readonly [number, 4], "i32">;
    readonly lambda: Tensor<readonly [number], "f32">;
    readonly weights: Tensor<readonly [number], "f32">;
    readonly key: RandomKey;
  };
  private readonly shape: readonly [number, number, number, number];

  /** Images of a batch, real or not. */
  get batchSize(): number {
    return this.options.batchSize;
  }

  /** @throws ConfigError for mixing settings or a batch size that cannot be */
  constructor(
    device: Device,
    { imageSize, inChannels }: Pick<SnnmlpConfig, "imageSize" | "inChannels">,
    private readonly options: StepInputOptions,
  ) {
    const { batchSize, preprocessing, mixing, seed } = options;
    if (mixing) checkMixing(mixing, batchSize);
    this.shape = [batchSize, imageSize, imageSize, inChannels];
    const size = batchSize * imageSize ** 2 * inChannels;
    const rectangles = () => tensor(device, new Int32Array(4 * batchSize), [batchSize, 4] as const, "i32");
    const perImage = () => tensor(device, new Float32Array(batchSize), [batchSize] as const);
    this.tensors = {
      images: preprocessing
        ? tensor(device, packBytes(new Uint8Array(size)), [Math.ceil(size / 4)], "u32")
        : tensor(device, new Float32Array(size), this.shape),
      labels: tensor(device, new Int32Array(batchSize), [batchSize], "i32"),
      erase: rectangles(),
      cut: rectangles(),
      lambda: perImage(),
      weights: perImage(),
      key: randomKey(device, seed),
    };
  }

  /** The model's input [B, S, S, C]: normalised, erased and mixed. */
  activations(): Activations {
    const { images, erase, cut, lambda, key } = this.tensors;
    const { preprocessing, eraseMode = "pixel" } = this.options;
    if (!preprocessing) return images as Activations;
    const { mean, std } = preprocessing;
    const augment = { erase, cut, lambda, key, eraseMode, stream: eraseStream };
    return prepareImages(images as Tensor<readonly [number], "u32">, this.shape, { mean, std, augment });
  }

  /** Mean cross entropy of the real images' logits [B, K] against their smoothed and mixed labels. */
  loss(logits: Tensor<Shape, "f32">): Tensor<readonly [], "f32"> {
    const { labels, lambda, weights } = this.tensors;
    return mixedCrossEntropy(logits, labels, { lambda, weights, labelSmoothing: this.options.labelSmoothing ?? 0 });
  }

  /**
   * Sets what the next run learns from, and draws how it is mixed. An image whose partner is not real is not mixed.
   *
   * @param draw which of the run's draws this is: the number of the batch, from 1, over all updates
   * @throws ShapeError for a batch that does not fit
   */
  write(batch: TrainingBatch, draw: number): void {
    const { images, labels, erase, cut, lambda, weights, key } = this.tensors;
    const { batchSize, seed, mixing } = this.options;
    const [, imageSize] = this.shape;
    const { count = batchSize } = batch;
    this.check(batch, count);
    const mixed = mixing ? mixingOf(mixing, seed, draw, imageSize) : { lambda: 1 };
    const shares = new Float32Array(batchSize).fill(1);
    const cuts = new Int32Array(4 * batchSize);
    for (let b = batchSize - count; b < count; b++) {
      shares[b] = mixed.lambda;
      cuts.set(mixed.cut ?? [], 4 * b);
    }
    images.write(batch.images instanceof Uint8Array ? packBytes(batch.images) : batch.images);
    labels.write(batch.labels);
    erase.write(batch.erase ?? new Int32Array(4 * batchSize));
    cut.write(cuts);
    lambda.write(shares);
    weights.write(new Float32Array(batchSize).fill(1 / count, 0, count));
    key.write([seed, draw]);
  }

  /** Frees the tensors. */
  dispose(): void {
    for (const input of Object.values(this.tensors)) input.dispose();
  }

  private check({ images, labels, erase }: TrainingBatch, count: number): void {
    const { batchSize, preprocessing } = this.options;
    const fail = (what: string): never => {
      throw new ShapeError("TrainingStep", what);
    };
    const size = this.shape.reduce((product, dim) => product * dim, 1);
    const wanted = preprocessing ? "bytes" : "floats";
    const got = images instanceof Uint8Array ? "bytes" : "floats";
    if (images.length !== size || got !== wanted) {
      fail(`images must be ${size} ${wanted} for [${this.shape.join(", ")}], got ${images.length} ${got}`);
    }
    if (labels.length !== batchSize) fail(`labels must be ${batchSize}, got ${labels.length}`);
    if (erase && erase.length !== 4 * batchSize) fail(`erase must be [${batchSize}, 4], got ${erase.length} numbers`);
    if (Number.isInteger(count) && count >= 0 && count <= batchSize) return;
    fail(`count must be between 0 and the batch size ${batchSize}, got ${count}`);
  }
}
