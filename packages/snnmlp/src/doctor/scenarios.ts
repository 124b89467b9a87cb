import { valueAndGrad } from "@snnmlp/autograd";
import {
  abs,
  add,
  argmax,
  argmin,
  blend,
  cast,
  concat,
  cumsum,
  type Device,
  div,
  exp,
  finite,
  gather,
  gelu,
  groupNorm,
  less,
  lif,
  log,
  logSoftmax,
  matmul,
  max,
  maximum,
  mean,
  min,
  mul,
  noClip,
  oneHot,
  packBytes,
  pad,
  permute,
  pow,
  prepareImages,
  randomBernoulli,
  randomIntegers,
  randomKey,
  randomNormal,
  randomUniform,
  type Shape,
  scope,
  sgd,
  sigmoid,
  silu,
  sin,
  slice,
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
import { TrainingStep } from "../train/step.js";

/** Something small that launches kernels on a device. */
type Scenario = (device: Device) => void | Promise<void>;

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
  cast(x, "i32");
};

const reductions: Scenario = (device) => {
  const x = tensor(device, values(5 * 19 * 33, "reduced"), [5, 19, 33]);
  for (const reduce of [sum, mean, max, min]) {
    for (const axes of [[0], [1], [2], [1, 2], [0, 1, 2]]) reduce(x, { axes });
  }
  argmax(x, 1);
  argmin(x);
  valueAndGrad((p: typeof x) => sum(square(cumsum(p, { axis: 1 }))))(x);
};

/** Short rows are normalised in one launch, long ones in parts. */
const rows: Scenario = (device) => {
  const x = tensor(device, values(5 * 19 * 33, "rows"), [5, 19, 33]);
  for (const probabilities of [softmax, logSoftmax]) valueAndGrad((p: typeof x) => sum(square(probabilities(p))))(x);
  const long = tensor(device, values(2 * 24 * 24 * 16, "long"), [2, 24, 24, 16]);
  for (const [input, channels] of [
    [x, 33],
    [long, 16],
  ] as const) {
    const scale = tensor(device, values(channels, "scale"), [channels]);
    valueAndGrad((p: { x: Tensor<Shape, "f32">; scale: typeof scale }) =>
      sum(square(groupNorm(p.x, 1, p.scale, p.scale))),
    )({ x: input, scale });
  }
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

const movement: Scenario = (device) => {
  const x = tensor(device, values(3 * 5 * 8, "moved"), [3, 5, 8]);
  const rows = tensor(device, [4, 0, 4], [3], "u32");
  oneHot(rows, 7);
  const moves: readonly ((p: typeof x) => Tensor)[] = [
    (p) => permute(p, [2, 0, 1]),
    (p) => slice(p, [[1, 3], null, [0, 8, 3]]),
    (p) => concat([p, p], 1),
    (p) =>
      pad(p, [
        [0, 1],
        [2, 0],
        [1, 1],
      ]),
    (p) => gather(p, rows, 1),
  ];
  for (const move of moves) valueAndGrad((p: typeof x) => sum(mul(move(p), 2)))(x);
};

const random: Scenario = (device) => {
  const key = randomKey(device, 7, 1);
  randomUniform(key, [37, 5]);
  randomNormal(key, [37, 5]);
  randomBernoulli(key, [37, 5], { p: 0.3 });
  randomIntegers(key, [37, 5], { high: 10 });
};

/** Images whose rows are whole vectors, and images whose rows are not; a rectangle erased, one cut, and one pair mixed. */
const images: Scenario = (device) => {
  const [mean, std] = [
    [0.5, 0.4, 0.3],
    [0.25, 0.2, 0.3],
  ];
  for (const [H, W] of [
    [8, 12],
    [5, 7],
  ] as const) {
    const bytes = packBytes(Uint8Array.from(values(4 * H * W * 3, "bytes"), (value) => 127 * (value + 1)));
    const packed = tensor(device, bytes, [bytes.length], "u32");
    prepareImages(packed, [4, H, W, 3], { mean, std });
    const erase = tensor(device, [1, 2, 3, 3, 0, 0, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0], [4, 4], "i32");
    const cut = tensor(device, [2, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 4, 4], [4, 4], "i32");
    const lambda = tensor(device, [1, 0.3, 0.3, 1], [4]);
    for (const eraseMode of ["pixel", "rand", "const"] as const) {
      const augment = { erase, cut, lambda, key: randomKey(device, 7, 1), eraseMode };
      prepareImages(packed, [4, H, W, 3], { mean, std, augment });
    }
  }
};

const momentum: Scenario = (device) => {
  const [param, velocity, grad] = ["param", "velocity", "grad"].map((name) => tensor(device, values(37, name), [37]));
  const hyper = tensor(device, [0.1, 0.01, 0.9, 0], [4]);
  if (param && velocity && grad) sgd({ param, velocity, grad, hyper, clip: noClip(device) });
  if (param && grad) blend(param, grad, tensor(device, [0.75, 0.25], [2]));
};

/** Two whole updates of a two-stage model with drop-path: everything a training step launches. */
const training: Scenario = async (device) => {
  const config = {
    imageSize: 16,
    patchSize: 2,
    inChannels: 1,
    numClasses: 5,
    embedDim: 16,
    depths: [1, 2],
    dropPath: 0.5,
  };
  const model = new SNNMLP(device, config);
  const preprocessing = { mean: [0.5], std: [0.25], padding: 0 };
  const options = { batchSize: 3, preprocessing, clip: 0.1, weightDecay: 0.05, seed: 1, eager: true };
  const step = await TrainingStep.create(model, options);
  const images = Uint8Array.from(values(3 * 16 * 16, "images"), (value) => 127 * (value + 1));
  const batch = { images, labels: Int32Array.of(0, 3, 4) };
  for (const update of [1, 2]) await step.run(batch, update, { main: 1e-3, lif: 1e-4 });
};

/** Each in a scope of its own. */
export const scenarios: readonly Scenario[] = [
  matmuls,
  elementwise,
  reductions,
  rows,
  movement,
  random,
  lifs,
  images,
  momentum,
  training,
].map((scenario) => async (device) => {
  using _all = scope(device);
  await scenario(device);
});
