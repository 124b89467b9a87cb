import { compile, type Device, matmul, openDevice, type Shape, type Tensor, tensor } from "@snnmlp/tensor";
import { Classifier, models, randomBatch, SNNMLP, TrainingStep } from "snnmlp";
import type { Task } from "./contest/tasks.js";
import { imageRungs } from "./ladder/image.js";
import { tensorsOf } from "./ladder/measure.js";
import { contend, noise } from "./peers/contend.mjs";

/** This project's side of `bench:peers`: see peers/contend.mjs. */
await contend<Task>(async (task) => {
  const device = await openDevice({ software: "allow", toggles: task.toggles });
  if (task.task === "matmul") return replayed(device, product(device, task));
  if ("model" in task) return whole(device, task);
  return replayed(device, layer(device, task));
});

/** Compiles what launches something, once; a run ends when the GPU is idle. Results are kept, as the peers keep theirs. */
async function replayed(device: Device, launch: () => readonly Tensor[]) {
  const program = await compile(device, {}, () =>
    Object.fromEntries(launch().map((tensor, i) => [`result ${i}`, tensor])),
  );
  const run = async () => {
    program.run();
    await device.idle();
  };
  return { run };
}

function product(device: Device, { product, M, K, N }: Extract<Task, { task: "matmul" }>): () => readonly Tensor[] {
  const matrix = (rows: number, columns: number): Tensor<Shape, "f32"> =>
    tensor(device, noise(rows * columns), [rows, columns]);
  const [x, w, dy] = [matrix(M, K), matrix(K, N), matrix(M, N)];
  if (product === "y") return () => [matmul(x, w)];
  return product === "dx" ? () => [matmul(dy, w, { transposeB: true })] : () => [matmul(x, dy, { transposeA: true })];
}

/** Forward and backward of one layer: a rung of the ladder. */
function layer(device: Device, task: Exclude<Task, { task: "matmul" } | { model: string }>): () => readonly Tensor[] {
  const name =
    task.task === "lif" ? `lif along ${task.axis}` : task.task === "norm" ? "groupNorm(1, C)" : "depthwise 3x3";
  const { B } = task.at;
  const rung = imageRungs(B).find((each) => each.name === `${name} +backward`);
  if (!rung) throw new Error(`internal: the ladder has no rung ${name}`);
  const find = tensorsOf(device, rung.full);
  return () => rung.run(find);
}

async function whole(device: Device, { task, model: name, batchSize }: Extract<Task, { model: string }>) {
  const model = new SNNMLP(device, models[name]);
  const { images, labels, preprocessing } = randomBatch(model.config, batchSize);
  if (task === "forward") {
    const classifier = await Classifier.create(model, batchSize, preprocessing);
    return { run: () => classifier.logits(images) };
  }
  const step = await TrainingStep.create(model, { batchSize, preprocessing, clip: 5, weightDecay: 0.05, seed: 0 });
  let update = 0;
  return { run: () => step.run({ images, labels }, ++update, { main: 1e-3, lif: 1e-4 }) };
}
