import { valueAndGrad } from "@snnmlp/autograd";
import {
  abs,
  add,
  argmax,
  argmin,
  crossEntropy,
  type Device,
  div,
  exp,
  finite,
  gelu,
  layerNorm,
  less,
  lif,
  log,
  matmul,
  max,
  maximum,
  mean,
  min,
  mul,
  pow,
  scope,
  sigmoid,
  silu,
  sin,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  where,
} from "@snnmlp/tensor";
import { surrogates } from "../config.js";
import { SNNMLP } from "../model/snnmlp.js";
import { randomStream } from "../random.js";

/** Something small that launches kernels on a device. */
type Scenario = (device: Device) => void;

/** Numbers in [-1, 1) that are the same on every run. */
function values(count: number, name: string): Float32Array {
  const random = randomStream(1, name);
  return Float32Array.from({ length: count }, () => 2 * random() - 1);
}

const matrix = (
  device: Device,
  rows: number,
  columns: number,
  name: string,
): Tensor<readonly [number, number], "f32"> => tensor(device, values(rows * columns, name), [rows, columns]);

/** Odd sizes, so that tile edges are met. */
const matmuls: Scenario = (device) => {
  for (const [M, K, N] of [
    [5, 7, 3],
    [67, 33, 65],
    [128, 64, 128],
  ] as const) {
    const [a, b] = [matrix(device, M, K, "a"), matrix(device, K, N, "b")];
    valueAndGrad((p: { a: typeof a; b: typeof b }) => sum(square(matmul(p.a, p.b))))({ a, b });
  }
};

const elementwise: Scenario = (device) => {
  const x = matrix(device, 13, 17, "x");
  const y = tensor(device, values(17, "y"), [17]);
  const positive = add(abs(x), 0.5);
  for (const unary of [exp, gelu, sigmoid, silu, sin, square, tanh, abs]) {
    valueAndGrad((p: typeof x) => sum(unary(p)))(x);
  }
  for (const unary of [log, sqrt]) unary(positive);
  for (const binary of [add, sub, mul, maximum]) valueAndGrad((p: typeof x) => sum(binary(p, y)))(x);
  for (const binary of [div, pow]) binary(positive, 1.5);
  where(less(x, y), x, y);
  finite(x);
};

const reductions: Scenario = (device) => {
  const x = tensor(device, values(5 * 19 * 33, "reduced"), [5, 19, 33]);
  for (const reduce of [sum, mean, max, min]) {
    for (const axes of [[0], [1], [2], [1, 2], [0, 1, 2]]) reduce(x, { axes });
  }
  argmax(x, 1);
  argmin(x);
  softmax(x);
  const scale = tensor(device, values(33, "scale"), [33]);
  valueAndGrad((p: { x: typeof x; scale: typeof scale }) => sum(square(layerNorm(p.x, p.scale, p.scale))))({
    x,
    scale,
  });
};

const lifs: Scenario = (device) => {
  const x = tensor(device, values(2 * 7 * 9 * 5, "lif"), [2, 7, 9, 5]);
  const [tau, vth] = [tensor(device, [0.25], [1]), tensor(device, [0.1], [1])];
  for (const surrogate of surrogates) {
    for (const output of ["membrane", "spike"] as const) {
      const options = { group: 4, surrogate, output, alpha: 2 };
      valueAndGrad((p: { x: typeof x; tau: typeof tau; vth: typeof vth }) =>
        sum(mul(lif(p.x, p.tau, p.vth, { ...options, axis: 1 }), lif(p.x, p.tau, p.vth, { ...options, axis: 2 }))),
      )({ x, tau, vth });
    }
  }
};

/** Forward and backward of a two-stage model: everything a training step launches but the optimiser. */
const model: Scenario = (device) => {
  const network = new SNNMLP(device, {
    imageSize: 16,
    patchSize: 2,
    inChannels: 1,
    numClasses: 5,
    embedDim: 16,
    depths: [1, 1],
  });
  const images = tensor(device, values(3 * 16 * 16, "images"), [3, 16, 16, 1]);
  const labels = tensor(device, [0, 3, 4], [3], "i32");
  valueAndGrad((parameters: SNNMLP["parameters"]) => crossEntropy(network.forward(images, { parameters }), labels))(
    network.parameters,
  );
  network.dispose();
};

/** Each in a scope of its own. */
export const scenarios: readonly Scenario[] = [matmuls, elementwise, reductions, lifs, model].map(
  (scenario) => (device) => {
    using _all = scope(device);
    scenario(device);
  },
);
