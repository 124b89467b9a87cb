import { grad, valueAndGrad } from "@snnmlp/autograd";
import { exp, matmul, mean, mul, type Shape, scope, square, sum, type Tensor, tensor } from "@snnmlp/tensor";
import { describe, expect, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { testDevices } from "../support/check-op.js";

type Floats = Tensor<Shape, "f32">;

describe.each(["oracle", "tuned"] as const)("on %s", async (which) => {
  const device = (await testDevices())[which];

  test("value and gradient are all that is left, and the caller's scope frees them", () => {
    const before = { ...device.stats };
    {
      using _all = scope(device);
      const w = tensor(device, noise(64), [8, 8]) as Floats;
      const made = device.stats.liveTensors;
      valueAndGrad((p: Floats) => mean(square(matmul(exp(matmul(p, p)), p))))(w);
      expect(device.stats.liveTensors - made).toBe(2);
      grad((p: Floats) => mean(square(p)))(w);
      expect(device.stats.liveTensors - made).toBe(3);
    }
    expect(device.stats.liveTensors).toBe(before.liveTensors);
    expect(device.stats.liveBytes).toBe(before.liveBytes);
    expect(device.stats.liveBuffers).toBe(before.liveBuffers);
  });

  test("without a scope the caller frees them", () => {
    const before = device.stats.liveTensors;
    const w = tensor(device, [1, 2], [2]) as Floats;
    const { value, gradient } = valueAndGrad((p: Floats) => sum(square(p)))(w);
    for (const t of [w, value, gradient]) t.dispose();
    expect(device.stats.liveTensors).toBe(before);
  });

  test("activations and their gradients are freed while the backward pass runs", () => {
    const depth = 32;
    const elements = 4096;
    const bytes = elements * device.backend.bytesPerElement("f32");
    using _all = scope(device);
    const x = tensor(device, noise(elements), [elements]) as Floats;
    const chain = (p: Floats) => {
      let y = p;
      for (let i = 0; i < depth; i++) y = mul(y, 0.99) as Floats;
      return sum(y);
    };
    const live: number[] = [];
    const base = device.stats.liveBytes;
    const watched = (p: Floats) => {
      const y = chain(p);
      live.push(device.stats.liveBytes - base);
      return y;
    };
    device.stats.peakBytes = 0;
    grad(watched)(x);
    // The forward pass holds `depth` activations; on its way back the gradient needs a few beside them, not as many again.
    expect(live[0]).toBeGreaterThan(depth * bytes);
    expect(device.stats.peakBytes - base).toBeLessThan((depth + 5) * bytes);
    expect(device.stats.liveBytes - base).toBeLessThan(2 * bytes);
  });

  test("what the loss function keeps in an outer scope survives it", async () => {
    const before = device.stats.liveTensors;
    let hidden: Tensor | undefined;
    {
      using outer = scope(device);
      const x = tensor(device, [1, 2], [2]) as Floats;
      grad((p: Floats) => {
        hidden = outer.keep(square(p));
        return sum(hidden);
      })(x);
      expect([...((await hidden?.read()) ?? [])]).toEqual([1, 4]);
    }
    expect([...((await hidden?.read()) ?? [])]).toEqual([1, 4]);
    hidden?.dispose();
    expect(device.stats.liveTensors).toBe(before);
  });

  test("what it does not keep is freed, and its use says which op made it", () => {
    using _all = scope(device);
    const x = tensor(device, [1, 2], [2]) as Floats;
    let hidden: Tensor | undefined;
    grad((p: Floats) => {
      hidden = square(p);
      return sum(hidden);
    })(x);
    expect(() => hidden && sum(hidden)).toThrow("tensor [2] made by square was freed before this use");
    expect(hidden?.disposed).toBe(true);
  });

  test("a value freed inside the loss function is missed by name", () => {
    using _all = scope(device);
    const x = tensor(device, [1, 2], [2]) as Floats;
    const hasty = (p: Floats) => {
      using inner = scope(device);
      return inner.keep(sum(mul(p, exp(p))));
    };
    expect(() => grad(hasty)(x)).toThrow("tensor [2] made by exp was freed before this use; keep it with scope.keep");
    expect(device.tapes).toEqual([]);
  });
});
