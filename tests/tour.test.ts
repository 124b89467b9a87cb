import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { grad, valueAndGrad } from "@snnmlp/autograd";
import { compile, lif, matmul, mean, openDevice, openOracle, scope, square, sub, sum, tensor } from "@snnmlp/tensor";
import { loadCheckpoint, SNNMLP, saveCheckpoint, TrainingStep } from "snnmlp";
import { afterAll, expect, expectTypeOf, test } from "vitest";

// The whole stack from the bottom up, a stop per test. Read this file first.

// A device is a GPU. Where there is none, the CPU may stand in for it, but only when asked to.
const device = await openDevice({ software: "allow" });
afterAll(() => device.close());

test("a tensor has its shape and dtype in its type, so the compiler checks what fits", async () => {
  using _ = scope(device); // frees the tensors made below when the test ends
  const a = tensor(device, [1, 2, 3, 4, 5, 6], [2, 3]);
  const b = tensor(device, [1, 0, 0, 1, 1, 1], [3, 2]);
  const c = matmul(a, b);
  expectTypeOf(c.shape).toEqualTypeOf<readonly [2, 2]>();
  expect([...(await c.read())]).toEqual([4, 5, 10, 11]);
  // @ts-expect-error [2, 3] x [2, 2]; where sizes are only known at run time, the op says the same
  expect(() => matmul(a, c)).toThrow("matmul: inner dims differ (3 vs 2), a [2, 3] x b [2, 2]");
});

test("a gradient is a function made from a function", async () => {
  using _ = scope(device);
  const x = tensor(device, [1, 2, 3, 4], [4, 1]);
  const y = tensor(device, [2, 4, 6, 8], [4, 1]);
  const w = tensor(device, [1], [1, 1]);
  const loss = (slope: typeof w) => mean(square(sub(matmul(x, slope), y)));
  const { value, gradient } = valueAndGrad(loss)(w);
  expect(await value.item()).toBeCloseTo(7.5); // mean of (x w - y)^2 = mean of x^2 at w = 1
  expect(await gradient.item()).toBeCloseTo(-15); // mean of 2 x (x w - y)
});

test("a neuron leaks, integrates, fires above its threshold and starts again from rest", async () => {
  using _ = scope(device);
  const x = tensor(device, [0.5, 0.5, 0.5, 0.5], [4]);
  const tau = tensor(device, [0.5], [1]);
  const vth = tensor(device, [0.6], [1]);
  const options = { axis: 0, group: 4, output: "spike" } as const;
  // Membranes 0.5, then 0.5 * 0.5 + 0.5 = 0.75, which fires; the same again.
  expect([...(await lif(x, tau, vth, options).read())]).toEqual([0, 1, 0, 1]);
  // A spike has slope 0 almost everywhere; a surrogate lends it a smooth one, so that gradients flow.
  const spikes = (input: typeof x) => sum(lif(input, tau, vth, { ...options, surrogate: "arctan", alpha: 2 }));
  const slopes = await grad(spikes)(x).read();
  expect(slopes.every((slope) => slope > 0)).toBe(true);
});

test("every op has a float64 reference: the oracle is a device like any other", async () => {
  const lengthSquared = async (where: typeof device) => {
    using _ = scope(where);
    const [length = 0] = await where.readExact(sum(square(tensor(where, [0.1, -0.2, 0.3], [3]))));
    return length;
  };
  expect(await lengthSquared(openOracle())).toBeCloseTo(0.14, 15);
  expect(await lengthSquared(device)).toBeCloseTo(0.14, 7);
});

test("a Program is a function recorded once: replaying it allocates nothing", async () => {
  using _ = scope(device);
  const x = tensor(device, [1, 2, 3], [3]);
  using program = await compile(device, { x }, (inputs) => ({ energy: sum(square(inputs.x)) }));
  const before = device.stats.liveBytes;
  expect(await program.run().energy.item()).toBe(14);
  expect(await program.run({ x: [3, 4, 0] }).energy.item()).toBe(25);
  expect(device.stats.liveBytes).toBe(before);
});

test("an SNN-MLP learns to tell rows from columns, and a checkpoint keeps what it learned", async () => {
  const stripes = { imageSize: 8, inChannels: 1, numClasses: 2, patchSize: 2, embedDim: 8, depths: [1, 1] };
  const model = new SNNMLP(device, stripes);
  const labels = Int32Array.from({ length: 16 }, (_, image) => image % 2);
  const images = Uint8Array.from({ length: 16 * 8 * 8 }, (_, i) => {
    const [image, row, column] = [Math.floor(i / 64), Math.floor(i / 8) % 8, i % 8];
    return (image % 2 ? row : column) % 4 < 2 ? 255 : 0;
  });

  // One Program: normalise, forward, cross entropy, backward, clip, and an AdamW each for weights and neurons.
  const preprocessing = { mean: [0.5], std: [0.5], padding: 0 };
  const step = await TrainingStep.create(model, { batchSize: 16, preprocessing, clip: 5, weightDecay: 0.05, seed: 0 });
  const losses: number[] = [];
  for (let update = 1; update <= 20; update++) {
    losses.push((await step.run({ images, labels }, update, { main: 0.01, lif: 0.0001 })).loss);
  }
  expect(losses[0]).toBeGreaterThan(0.3);
  expect(losses.at(-1)).toBeLessThan(0.05);

  const folder = mkdtempSync(join(tmpdir(), "tour-"));
  const path = join(folder, "stripes.safetensors"); // parameters have PyTorch's names and shapes
  const state = { config: model.config, preprocessing, parameters: await model.stateDict() };
  await saveCheckpoint(path, { ...state, training: new Map(), notes: new Map() });
  const { config, parameters } = await loadCheckpoint(path);
  const twin = new SNNMLP(device, config);
  twin.loadStateDict(parameters);
  expect(await twin.stateDict()).toEqual(state.parameters);
  rmSync(folder, { recursive: true });
});
