import { oneCycle, warmupCosine } from "snnmlp";
import { expect, it } from "vitest";

/** The rates PyTorch recorded in the 20-step fixture, to f32. */
const recorded = [
  9.99999997e-7, 2.00800001e-4, 4.00599994e-4, 6.00399973e-4, 8.00199981e-4, 8.55017861e-4, 7.95953674e-4,
  7.29725289e-4, 6.57963392e-4, 5.82435052e-4, 5.05000004e-4, 4.27564926e-4, 3.52036586e-4, 2.80274689e-4,
  2.14046304e-4, 1.54982146e-4, 1.04536586e-4, 6.39517675e-5, 3.4227025e-5, 1.60942709e-5,
];

it("warmupCosine is the authors' schedule", () => {
  const schedule = warmupCosine({ base: 1e-3, warmup: 1e-6, min: 1e-5, warmupSteps: 5, steps: 20 });
  recorded.forEach((rate, step) => {
    expect(Math.abs(schedule(step) / rate - 1)).toBeLessThan(1e-7);
  });
  expect(schedule(20)).toBeCloseTo(1e-5, 12);
  expect(schedule(1000)).toBe(schedule(20));
});

it("warmupCosine without warm-up starts at its base", () => {
  const schedule = warmupCosine({ base: 1, warmup: 0.5, min: 0, warmupSteps: 0, steps: 4 });
  expect([0, 2, 4].map(schedule)).toEqual([1, expect.closeTo(0.5, 12), 0]);
});

/** From torch.optim.lr_scheduler.OneCycleLR of PyTorch 1.13. */
it.each<[number, Record<number, number>]>([
  [10, { 0: 8e-5, 1: 1.04e-3, 2: 2e-3, 3: 0.0019009692640269472, 8: 9.903873597305257e-5, 9: 8e-9 }],
  [
    300,
    { 0: 8e-5, 50: 0.001225209022793117, 89: 2e-3, 100: 0.0019864906479611457, 200: 9.103650496538022e-4, 299: 8e-9 },
  ],
])("oneCycle over %i updates is PyTorch's", (steps, rates) => {
  const schedule = oneCycle({ max: 2e-3, steps });
  for (const [step, rate] of Object.entries(rates)) expect(schedule(Number(step)) / rate).toBeCloseTo(1, 9);
});

it.each([1, 2, 3])("oneCycle over %i updates stays between 0 and max", (steps) => {
  for (let step = 0; step < steps; step++) {
    const rate = oneCycle({ max: 1, steps })(step);
    expect(rate > 0 && rate <= 1).toBe(true);
  }
});
