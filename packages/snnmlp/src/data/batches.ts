/** Some images of a set as a model takes them. */
export interface Batch {
  /** Bytes [batchSize, imageSize, imageSize, inChannels]. */
  readonly images: Uint8Array<ArrayBuffer>;
  /** Classes [batchSize]. */
  readonly labels: Int32Array<ArrayBuffer>;
  /** Which images of the set they are [count]. */
  readonly indices: Uint32Array<ArrayBuffer>;
  /** Rectangles that random erasing fills [batchSize, 4]: top, left, height, width; a height of 0 for none. */
  readonly erase: Int32Array<ArrayBuffer>;
  /** How many are real, the first ones; the rest are zeros in the place of images that could not be decoded or are no more. */
  readonly count: number;
}

/** Who waited for whom, in seconds, from the first batch asked for to the last one made. */
export interface Waits {
  /** The consumer for a batch. */
  readonly forData: number;
  /** The loader, with everything prepared that it may, for the consumer. */
  readonly forConsumer: number;
  /** Time in all. */
  readonly seconds: number;
}

/** An endless sequence of training batches. `at(n)` depends on nothing but its settings and `n`. */
export interface BatchSource {
  readonly batchesPerEpoch: number;
  /** Batch n, counted from 0 over all epochs; sources prepare the following ones meanwhile. An update takes one or several. */
  at(n: number): Promise<Batch>;
}
