import { contend, noise } from "./contend.mjs";
import { jax, openJax } from "./jax/backend.mjs";
import { distances, frozenProblem, randomProblem } from "./parameters.mjs";

/** SNN-MLP in jax-js on its WebGPU backend: what `npm run bench:peers` runs beside ours. See `contend.mjs`. */
await contend(async (task) => {
  await openJax(task.toggles);
  const { numpy: np, jit } = jax;
  const { layersOf } = await import("./jax/layers.mjs");
  const { correctionsAt, differentiate, forward, packsOf, trainingStep } = await import("./jax/model.mjs");
  const matrix = (rows, columns) => np.array(noise(rows * columns)).reshape([rows, columns]);
  const vector = (values) => np.array(Float32Array.from(values));

  /** Calls a traced function and waits; what it made is freed. */
  const launched = (f, ...inputs) => {
    const traced = jit(f);
    return async () => {
      const made = [traced(...inputs.map((input) => input.ref))].flat();
      await jax.blockUntilReady(made);
      for (const each of made) each.dispose();
    };
  };
  /** Forward and backward of one layer on [C, B * H * W]. */
  const oneLayer = ({ B, H, W, C }, parameters, layer) => {
    const [x, dy] = [matrix(C, B * H * W), matrix(C, B * H * W)];
    const names = Object.keys(parameters);
    const both = (x, dy, ...values) => {
      const gradients = [];
      const layers = layersOf(
        (name) => values[names.indexOf(name)].ref,
        (_, gradient) => gradients.push(gradient),
      );
      const { y, pull } = layer(layers, x);
      return [y, pull(dy), ...gradients];
    };
    return { run: launched(both, x, dy, ...Object.values(parameters)) };
  };
  const affine = (C) => ({ "x.weight": vector(noise(C)), "x.bias": vector(noise(C)) });
  const inputsOf = async ({ config, images, batchSize: B, labels }) => {
    const { inChannels, imageSize } = config;
    const made = [
      np.array(images).reshape([B, inChannels, imageSize, imageSize]),
      np.array(labels, { dtype: np.int32 }),
    ];
    await jax.blockUntilReady(made);
    return made;
  };

  const tasks = {
    matmul({ product, M, K, N }) {
      const [x, w, dy] = [matrix(M, K), matrix(K, N), matrix(M, N)];
      // Rows in fours fill its register tile; `maximum` makes the padded view a copy.
      const rows = (a) =>
        M % 4 === 0
          ? a
          : np.maximum(
              np.pad(a, [
                [0, (8 - (M % 8)) % 8],
                [0, 0],
              ]),
              -3.4e38,
            );
      const only = (y) => (M % 4 === 0 ? y : y.slice([0, M], []));
      const run = {
        y: () => launched((x, w) => only(np.matmul(rows(x), w)), x, w),
        dx: () => launched((dy, w) => only(np.matmul(rows(dy), w.transpose())), dy, w),
        dw: () => launched((x, dy) => np.matmul(x.transpose(), dy), x, dy),
      };
      return { run: run[product]() };
    },
    lif: ({ axis, at }) =>
      oneLayer(at, { "x.tau": vector([0.25]), "x.Vth": vector([0.1]) }, (layers, x) => layers.lif("x", x, at, axis)),
    norm: ({ at }) => oneLayer(at, affine(at.C), (layers, x) => layers.norm("x", x, at)),
    depthwise: ({ at }) =>
      oneLayer(at, { ...affine(at.C), "x.weight": matrix(at.C, 9) }, (layers, x) => layers.depthwise("x", x, at)),
    async forward(task) {
      const problem = randomProblem(task);
      const { packs, arrays } = packsOf(problem.parameters);
      const [images] = await inputsOf(problem);
      const classify = forward(problem.config, packs, task.batchSize);
      return {
        run: async () =>
          classify(
            arrays.map((pack) => pack.ref),
            images.ref,
          ).data(),
      };
    },
    async train(task) {
      const problem = randomProblem(task);
      const { packs, arrays } = packsOf(problem.parameters);
      const [images, labels] = await inputsOf(problem);
      const update = trainingStep(problem.config, packs, task.batchSize);
      let parameters = arrays;
      let moments = arrays.map((pack) => np.zeros([2, pack.shape[0]]));
      let step = 0;
      const run = async () => {
        let loss;
        [loss, parameters, moments] = update(parameters, moments, images.ref, labels.ref, correctionsAt(++step));
        await loss.data();
        await jax.blockUntilReady([...parameters, ...moments]);
      };
      return { run };
    },
    async check(task) {
      const problem = await frozenProblem(task);
      const { config, batchSize: B } = problem;
      const { packs, arrays } = packsOf(problem.parameters);
      const [images, labels] = await inputsOf(problem);
      const run = jit((arrays, images, labels) => {
        const { loss, logits, gradients } = differentiate(config, packs, arrays, images, labels, B);
        return [loss, logits.transpose(), gradients];
      });
      const [loss, logits, flat] = run(arrays, images, labels);
      const values = [];
      for (const each of flat) values.push(await each.data());
      const gradients = new Map(
        packs.flatMap((members, i) =>
          members.map(({ name, offset, values: { length } }) => [name, values[i].subarray(offset, offset + length)]),
        ),
      );
      const facts = distances(problem.fixture, { logits: await logits.data(), loss: await loss.data(), gradients });
      return { run: async () => undefined, facts: () => facts };
    },
  };
  return tasks[task.task](task);
});
