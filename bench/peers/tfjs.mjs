import { contend, noise } from "./contend.mjs";
import { distances, frozenProblem, randomProblem } from "./parameters.mjs";
import { openTfjs, tf } from "./tfjs/backend.mjs";
import { layersOf } from "./tfjs/layers.mjs";
import { AdamW, differentiate, fromTfjs, logitsOf, tensorsOf } from "./tfjs/model.mjs";

/** SNN-MLP in TensorFlow.js on its WebGPU backend: what `npm run bench:peers` runs beside ours. See `contend.mjs`. */
const tasks = {
  matmul({ product, M, K, N }) {
    const [x, w, dy] = [matrix(M, K), matrix(K, N), matrix(M, N)];
    const transposeFirst = M >= 64;
    const run = {
      y: () => tf.matMul(x, w),
      dx: () => (transposeFirst ? tf.matMul(dy, tf.transpose(w)) : tf.matMul(dy, w, false, true)),
      dw: () => tf.matMul(x, dy, true, false),
    };
    return { run: launched(run[product]) };
  },
  lif: ({ axis, at }) =>
    oneLayer(at, { "x.tau": tf.tensor([0.25]), "x.Vth": tf.tensor([0.1]) }, (layers, x) =>
      layers.lif("x", x, at, axis),
    ),
  norm: ({ at }) =>
    oneLayer(at, { "x.weight": row(at.C), "x.bias": row(at.C) }, (layers, x) => layers.norm("x", x, at)),
  depthwise: ({ at }) =>
    oneLayer(at, { "x.weight": cube(at.C), "x.bias": row(at.C) }, (layers, x) => layers.depthwise("x", x, at)),
  forward(task) {
    const problem = randomProblem(task);
    const tensors = tensorsOf(problem);
    const run = async () => {
      const logits = logitsOf(problem.config, tensors);
      await logits.data();
      logits.dispose();
    };
    return { run };
  },
  train(task) {
    const problem = randomProblem(task);
    const tensors = tensorsOf(problem);
    const optimiser = new AdamW(problem.parameters, tensors.parameters);
    const run = async () => {
      const { logits, loss, gradients } = differentiate(problem.config, tensors);
      optimiser.update(gradients);
      await loss.data();
      await flush();
      tf.dispose([logits, loss]);
    };
    return { run };
  },
  async check(task) {
    const problem = await frozenProblem(task);
    const { logits, loss, gradients } = differentiate(problem.config, tensorsOf(problem));
    const found = new Map();
    for (const parameter of problem.parameters) {
      const gradient = gradients.get(parameter.name);
      const values = gradient ? await gradient.data() : new Float32Array(1);
      found.set(parameter.name, fromTfjs(parameter, values));
    }
    const facts = distances(problem.fixture, {
      logits: await logits.data(),
      loss: await loss.data(),
      gradients: found,
    });
    return { run: async () => undefined, facts: () => facts };
  },
};

const matrix = (rows, columns) => tf.tensor2d(noise(rows * columns), [rows, columns]);
const row = (C) => tf.tensor(noise(C), [1, C]);
const cube = (C) => tf.tensor(noise(9 * C), [3, 3, C, 1]);

/** Forward and backward of one layer on [B * H * W, C]. */
function oneLayer({ B, H, W, C }, parameters, layer) {
  const [x, dy] = [matrix(B * H * W, C), matrix(B * H * W, C)];
  return {
    run: launched(() => {
      const gradients = [];
      const layers = layersOf(
        (name) => parameters[name],
        (_, gradient) => gradients.push(gradient),
      );
      const { y, pull } = layer(layers, x);
      return [y, pull(dy), ...gradients];
    }),
  };
}

/** Launches and waits; what was made is freed. */
const launched = (make) => async () => {
  const made = tf.tidy(make);
  await flush();
  tf.dispose(made);
};

let flush;
await contend(async (task) => {
  ({ flush } = await openTfjs(task.toggles));
  return tasks[task.task](task);
});
