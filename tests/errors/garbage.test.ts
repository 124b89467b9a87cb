import { type Backend, Device, openDevice, scope } from "@snnmlp/tensor";
import { expect, test } from "vitest";
import { testDevices } from "../support/check-op.js";
import { smallTraining } from "../support/small-training.js";

/** A device whose memory, fresh or used before, is handed out full of NaN. */
function poisoned(device: Device): Device {
  const filled = <B extends ReturnType<Backend["allocate"]>>(buffer: B): B => {
    const length = buffer.bytes / device.backend.bytesPerElement("f32");
    device.backend.upload({ buffer, dtype: "f32", offset: 0, length }, new Float32Array(length).fill(Number.NaN));
    return buffer;
  };
  const backend = new Proxy(device.backend, {
    get: (target, key) => {
      if (key === "allocate") return (op: string, bytes: number) => filled(target.allocate(op, bytes));
      if (key === "reserve") return (op: string, bytes: number) => filled(target.reserve(op, bytes));
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return new Device(backend, device.stats);
}

/** Losses, gradient norms and the parameters after three updates. */
async function trained(device: Device, options: Parameters<typeof smallTraining>[1]) {
  using _all = scope(device);
  const { model, step, update } = await smallTraining(device, {
    dropPath: 0.3,
    mixing: { mixup: 0.8, cutmix: 1 },
    ...options,
  });
  const results = [await update(1), await update(2), await update(3)];
  const state = await model.stateDict();
  step.dispose();
  return { results, state };
}

test.each([
  ["naive", false],
  ["naive", true],
  ["tuned", false],
  ["tuned", true],
] as const)(
  "no kernel reads what it or an earlier one has not written: %s kernels, eager: %s",
  async (which, eager) => {
    const device = (await testDevices())[which];
    const clean = await trained(device, { eager });
    expect(clean.results.every(({ loss, gradientNorm }) => Number.isFinite(loss) && gradientNorm > 0)).toBe(true);
    expect(await trained(poisoned(device), { eager })).toEqual(clean);
  },
);

test("the same seed gives the same bits on two devices of one adapter", async () => {
  await using first = await openDevice({ software: "allow" });
  await using second = await openDevice({ software: "allow" });
  expect(await trained(first, {})).toEqual(await trained(second, {}));
});

test("a buffer that is handed out again does not carry old values into results", async () => {
  const { tuned } = await testDevices();
  const clean = await trained(tuned, { eager: true });
  // Thousands of freed buffers of all sizes, full of NaN, wait in the pool.
  const made = [64, 256, 1000, 4096, 10_000, 50_176, 100_352, 200_704].flatMap((length) =>
    Array.from({ length: 8 }, () =>
      tuned.constant("poison", [length], "f32", new Float32Array(length).fill(Number.NaN)),
    ),
  );
  for (const tensor of made) tensor.dispose();
  expect(await trained(tuned, { eager: true })).toEqual(clean);
});
