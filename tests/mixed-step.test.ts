import { crossEntropy, scope, tensor } from "@snnmlp/tensor";
import { mixingOf, SNNMLP, type TrainingBatch, TrainingStep, type TrainingStepOptions } from "snnmlp";
import { describe, expect, test } from "vitest";
import { testDevices } from "./support/check-op.js";

const config = { imageSize: 8, patchSize: 2, inChannels: 3, numClasses: 5, embedDim: 8, depths: [1, 1] };
const preprocessing = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3], padding: 0 };
const [B, size, K, seed] = [4, 8 * 8 * 3, 5, 11];
const rates = { main: 1e-3, lif: 1e-4 };
const labelSmoothing = 0.1;

const batch = {
  images: Uint8Array.from({ length: B * size }, (_, i) => (i * 37 + Math.floor(i / 5) * 11) % 256),
  labels: Int32Array.of(0, 3, 4, 3),
  erase: Int32Array.of(1, 1, 3, 4, 0, 0, 0, 0, 0, 5, 8, 3, 0, 0, 0, 0),
};
const mixup = { mixup: 0.8, cutmix: 0 };
const cutmix = { mixup: 0, cutmix: 1 };

type Options = Partial<TrainingStepOptions> & {
  readonly which?: "oracle" | "naive" | "tuned";
  readonly update?: number;
};

/** The result of one update of a new model. */
async function updated(given: TrainingBatch, { which = "oracle", update = 1, ...options }: Options) {
  const device = (await testDevices())[which];
  using _all = scope(device);
  const model = new SNNMLP(device, config, { seed: 3 });
  const fixed = { batchSize: B, preprocessing, clip: 5, weightDecay: 0.05, seed, eraseMode: "const" as const };
  using step = await TrainingStep.create(model, { ...fixed, ...options });
  return { ...(await step.run(given, update, rates)), state: await model.stateDict() };
}

/** The same loss from images and targets that are mixed here, one after the other, as timm does. */
async function expectedLoss(mixing: typeof mixup, update: number, count: number): Promise<number> {
  const { oracle } = await testDevices();
  using _all = scope(oracle);
  const { lambda, cut } = mixingOf(mixing, seed, update, 8);
  const inside = (
    [top = 0, left = 0, height = 0, width = 0]: Iterable<number> & { [i: number]: number },
    i: number,
  ) => {
    const [row, column] = [Math.floor(i / 24), Math.floor(i / 3) % 8];
    return row >= top && row < top + height && column >= left && column < left + width;
  };
  const images = Array.from({ length: B }, (_, b) =>
    Array.from({ length: size }, (_, i) => {
      if (inside(batch.erase.subarray(4 * b, 4 * b + 4), i)) return 0;
      const { mean, std } = preprocessing;
      return ((batch.images[b * size + i] ?? 0) / 255 - (mean[i % 3] ?? 0)) / (std[i % 3] ?? 1);
    }),
  );
  const targets = Array.from(batch.labels, (label) =>
    Array.from({ length: K }, (_, k) => (1 - labelSmoothing) * Number(k === label) + labelSmoothing / K),
  );
  const mixed = (rows: number[][], b: number, blend: boolean): number[] => {
    const [own = [], other = []] = [rows[b], rows[B - 1 - b]];
    if (B - 1 - b >= count) return own;
    if (blend) return own.map((x, i) => lambda * x + (1 - lambda) * (other[i] ?? 0));
    return own.map((x, i) => (cut && inside(cut, i) ? (other[i] ?? 0) : x));
  };
  const real = Array.from({ length: count }, (_, b) => b);
  const x = tensor(
    oracle,
    real.flatMap((b) => mixed(images, b, cut === undefined)),
    [count, 8, 8, 3],
  );
  const t = tensor(
    oracle,
    real.flatMap((b) => mixed(targets, b, true)),
    [count, K] as const,
  );
  const logits = new SNNMLP(oracle, config, { seed: 3 }).forward(x);
  const [loss = Number.NaN] = await oracle.readExact(crossEntropy(logits, t));
  return loss;
}

describe.each([
  ["mixup", mixup],
  ["cutmix", cutmix],
  ["nothing mixed", { mixup: 0, cutmix: 0 }],
] as const)("a training step with %s, erasing and smoothing", (_, mixing) => {
  test.each([1, 2])("has the loss of the batch mixed by hand, update %i", async (update) => {
    const expected = await expectedLoss(mixing, update, B);
    for (const which of ["oracle", "naive", "tuned"] as const) {
      const { loss } = await updated(batch, { mixing, labelSmoothing, update, which });
      expect(loss, which).toBeCloseTo(expected, 5);
    }
  });

  test("counts real images only, and leaves an image alone whose partner is none", async () => {
    const expected = await expectedLoss(mixing, 1, 3);
    const short = { ...batch, count: 3 };
    const other = { ...short, images: batch.images.slice().fill(255, 3 * size), labels: Int32Array.of(0, 3, 4, 77) };
    for (const which of ["oracle", "tuned"] as const) {
      const found = await updated(short, { mixing, labelSmoothing, which });
      expect(found.loss, which).toBeCloseTo(expected, 5);
      expect(await updated(other, { mixing, labelSmoothing, which })).toEqual(found);
    }
  });
});

test("one Program serves batches with and without erasing, and eager launches give its bits", async () => {
  const { tuned } = await testDevices();
  const results = [];
  for (const eager of [false, true]) {
    using _all = scope(tuned);
    const model = new SNNMLP(tuned, { ...config, dropPath: 0.3 }, { seed: 3 });
    const options = { batchSize: B, preprocessing, clip: 5, weightDecay: 0.05, seed, labelSmoothing, eager };
    using step = await TrainingStep.create(model, { ...options, mixing: { mixup: 0.8, cutmix: 1 } });
    const { erase: _erase, ...plain } = batch;
    const losses = [];
    for (const [i, each] of [batch, plain, { ...batch, count: 2 }, batch].entries()) {
      losses.push(await step.run(each, i + 1, rates));
    }
    results.push({ losses, state: await model.stateDict() });
  }
  expect(results[0]).toEqual(results[1]);
  expect(new Set(results[0]?.losses.map(({ loss }) => loss)).size).toBe(4);
});

test.each([
  [{ images: new Uint8Array(10) }, "TrainingStep: images must be 768 bytes for [4, 8, 8, 3], got 10 bytes"],
  [{ images: new Float32Array(768) }, "TrainingStep: images must be 768 bytes for [4, 8, 8, 3], got 768 floats"],
  [{ labels: new Int32Array(3) }, "TrainingStep: labels must be 4, got 3"],
  [{ erase: new Int32Array(4) }, "TrainingStep: erase must be [4, 4], got 4 numbers"],
  [{ count: -1 }, "TrainingStep: count must be between 0 and the batch size 4, got -1"],
  [{ count: 5 }, "TrainingStep: count must be between 0 and the batch size 4, got 5"],
])("a batch with %o is refused", async (wrong, message) => {
  await expect(updated({ ...batch, ...wrong }, {})).rejects.toThrow(message);
});
