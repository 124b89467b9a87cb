import { checkpoint, noGrad, valueAndGrad } from "@snnmlp/autograd";
import { gelu, matmul, mean, type Shape, square, type Tensor, tensor } from "@snnmlp/tensor";
import { SNNMLP, TrainingStep } from "snnmlp";
import { describe, expect, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { testDevices } from "../support/check-op.js";

const { tuned: device } = await testDevices();

describe("checkpoint", () => {
  const layer = ({ x, w }: { x: Tensor<Shape, "f32">; w: Tensor<Shape, "f32"> }): Tensor<Shape, "f32"> =>
    gelu(matmul(gelu(matmul(x, w)), w));
  const x = tensor(device, noise(5 * 8), [5, 8]);
  const w = tensor(device, noise(8 * 8, 2), [8, 8]);

  test("gives the bits of the function itself, value and gradient", async () => {
    const plain = valueAndGrad((p: { x: typeof x; w: typeof w }) => mean(square(layer(p))))({ x, w });
    const again = valueAndGrad((p: { x: typeof x; w: typeof w }) => mean(square(checkpoint(layer, p))))({ x, w });
    expect(await again.value.read()).toEqual(await plain.value.read());
    expect(await again.gradient.w.read()).toEqual(await plain.gradient.w.read());
    expect(await again.gradient.x.read()).toEqual(await plain.gradient.x.read());
  });

  test("keeps only its inputs and its result", () => {
    const before = device.stats.liveBytes;
    const y = noGrad(device, () => checkpoint(layer, { x, w }));
    expect(device.stats.liveBytes - before).toBeLessThanOrEqual(256);
    y.dispose();
  });
});

test("a training step with checkpointed activations has the same bits in less memory", async () => {
  const config = {
    imageSize: 16,
    patchSize: 2,
    inChannels: 1,
    numClasses: 10,
    embedDim: 16,
    depths: [2, 2],
    dropPath: 0.2,
  };
  const images = Uint8Array.from(noise(8 * 16 * 16), (value) => 128 + 100 * value);
  const labels = Int32Array.from({ length: 8 }, (_, i) => i);
  const runs = [];
  for (const checkpointActivations of [false, true]) {
    const model = new SNNMLP(device, config, { seed: 3 });
    const preprocessing = { mean: [0.5], std: [0.5], padding: 0 };
    const options = { batchSize: 8, preprocessing, clip: 5, weightDecay: 0.05, seed: 1, checkpointActivations };
    const step = await TrainingStep.create(model, options);
    const results = [];
    for (let update = 1; update <= 3; update++) {
      results.push(await step.run({ images, labels }, update, { main: 1e-3, lif: 1e-4 }));
    }
    runs.push({ results, state: await model.stateDict(), bytes: step.plan?.arenaBytes ?? 0 });
  }
  const [kept, recomputed] = runs;
  expect(recomputed?.results).toEqual(kept?.results);
  expect(recomputed?.state).toEqual(kept?.state);
  expect(recomputed?.bytes).toBeLessThan(0.7 * (kept?.bytes ?? 0));
});
