import { checkGrad } from "@snnmlp/autograd";
import {
  derive,
  exp,
  groupNorm,
  matmul,
  mean,
  mul,
  type Shape,
  square,
  sum,
  type Tensor,
  tensor,
} from "@snnmlp/tensor";
import { expect, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { testDevices } from "../support/check-op.js";

type Floats = Tensor<Shape, "f32">;

test("checkGrad compares every partial derivative with a central difference", async () => {
  const { oracle } = await testDevices();
  const before = oracle.stats.liveTensors;
  const parameters = {
    w: tensor(oracle, noise(12), [3, 4]) as Floats,
    norm: [tensor(oracle, noise(4, 2), [4]) as Floats, tensor(oracle, noise(4, 3), [4]) as Floats] as const,
  };
  const x = tensor(oracle, noise(15, 4), [5, 3]);
  const f = (p: typeof parameters) => mean(square(groupNorm(matmul(x, p.w) as Floats, 1, p.norm[0], p.norm[1])));
  const { worst, compared } = await checkGrad(f, parameters);
  expect(compared).toBe(20);
  expect(worst).toBeLessThan(1e-8);
  expect((await checkGrad(f, parameters, { samples: 2 })).compared).toBe(6);
  for (const t of [parameters.w, ...parameters.norm, x]) t.dispose();
  expect(oracle.stats.liveTensors).toBe(before);
});

test("a wrong rule is told by parameter and element", async () => {
  const { oracle } = await testDevices();
  const wrong = (x: Floats) => {
    const y = exp(x);
    return derive("wrong", { x }, mul(y, 1), (dy) => ({ x: mul(dy, mul(y, 2)) }));
  };
  const x = tensor(oracle, [0, 1], [2]) as Floats;
  const failure = checkGrad((p: { x: Floats }) => sum(wrong(p.x)), { x });
  await expect(failure).rejects.toThrow(/^checkGrad: parameter 0 \[2\], element 0: gradient .*, central difference 1/);
});

test("a gradient that is not a number fails", async () => {
  const { oracle } = await testDevices();
  const broken = (x: Floats) =>
    derive("broken", { x }, sum(x), () => ({ x: mul(x, 0) && tensor(oracle, [Number.NaN], [1]) }));
  await expect(checkGrad((p: Floats) => broken(p), tensor(oracle, [2], [1]) as Floats)).rejects.toThrow("gradient NaN");
});

test("an f32 device is checked with a wider step", async () => {
  const { tuned } = await testDevices();
  const x = tensor(tuned, [0.5, -1, 2], [3]) as Floats;
  const { compared } = await checkGrad((p: Floats) => sum(mul(p, mul(p, p))), x, { step: 1e-2, tolerance: 1e-2 });
  expect(compared).toBe(3);
});
