import { compile, type MemoryPlan, randomKey, randomNormal, type Shape, type Tensor } from "@snnmlp/tensor";
import type { SNNMLP } from "../model/snnmlp.js";
import { DivergedError } from "../train/not-finite-policy.js";

/** How fast batches go through, without those of the warm-up. */
export interface Throughput {
  readonly imagesPerSecond: number;
  /** Median and least time of a batch, each taken over two in a row. */
  readonly medianMs: number;
  readonly minMs: number;
  /** Of all timed batches. */
  readonly seconds: number;
}

/** The authors' protocol: `main.py --throughput` of huawei-noah/Efficient-AI-Backbones, snnmlp_pytorch. */
export const authorsProtocol = { batchSize: 64, warmup: 50, iterations: 30 } as const;

/** Batches queued at once, so that the GPU need not wait for the host between two of them. */
const inFlight = 2;

/**
 * Times `iterations` batches after `warmup` others.
 *
 * @param run queues a batch; the promise resolves when it is computed
 * @param onBatch called after each batch, those of the warm-up, too
 */
export async function measureThroughput(
  run: () => Promise<unknown>,
  options: {
    readonly batchSize: number;
    readonly warmup: number;
    readonly iterations: number;
    readonly onBatch?: (done: number) => void;
  },
): Promise<Throughput> {
  const { batchSize, warmup, iterations, onBatch } = options;
  let done = 0;
  /** When the series began and when each of its batches ended, in ms. */
  const series = async (count: number): Promise<number[]> => {
    const times = [performance.now()];
    const queued: Promise<unknown>[] = [];
    for (let i = 0; i < count; i++) {
      while (queued.length < Math.min(inFlight, count - i)) {
        const result = run();
        result.catch(() => undefined); // One that fails while an earlier one is awaited is told by the earlier one.
        queued.push(result);
      }
      await queued.shift();
      times.push(performance.now());
      onBatch?.(++done);
    }
    return times;
  };
  await series(warmup);
  const times = await series(iterations);
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
  const durations = perBatch(times).sort((a, b) => a - b);
  const [low = 0, high = 0] = [durations[(durations.length - 1) >> 1], durations[durations.length >> 1]];
  const [minMs = 0] = durations;
  return { imagesPerSecond: (iterations * batchSize) / seconds, medianMs: (low + high) / 2, minMs, seconds };
}

/** Mean time of each two batches in a row: the ends of two that are queued together may arrive together. */
function perBatch(times: readonly number[]): number[] {
  const together = Math.min(inFlight, times.length - 1);
  return times.slice(together).map((end, i) => (end - (times[i] ?? 0)) / together);
}

/**
 * A model's forward pass on one batch of noise that stays on the device.
 *
 * @returns `run`, which resolves when a batch is computed; it rejects with a DivergedError when a score is not finite
 */
export async function forwardOfNoise(
  model: SNNMLP,
  batchSize: number,
): Promise<{ readonly plan: MemoryPlan; readonly run: () => Promise<void>; readonly dispose: () => void }> {
  const { device, config } = model;
  const { imageSize, inChannels } = config;
  const key = randomKey(device, 1);
  const images: Tensor<Shape, "f32"> = randomNormal(key, [batchSize, imageSize, imageSize, inChannels]);
  const program = await compile(device, { images }, () => ({ logits: model.forward(images) }));
  const run = async (): Promise<void> => {
    const logits = await program.run().logits.read();
    if (!logits.every(Number.isFinite)) throw new DivergedError("the model's scores are not finite numbers");
  };
  const dispose = (): void => {
    program.dispose();
    images.dispose();
    key.dispose();
  };
  return { plan: program.plan, run, dispose };
}
