import { compare, models, parameterShapes, readFixture } from "snnmlp";
import { noise } from "./contend.mjs";

/** First values of a parameter, in PyTorch's order: what they are does not matter here, only that nothing overflows. */
export function initialValues(name, shape) {
  const count = shape.reduce((a, b) => a * b, 1);
  if (name.endsWith(".tau")) return new Float32Array([0.25]);
  if (name.endsWith(".Vth")) return new Float32Array([0.1]);
  if (shape.length === 1) return new Float32Array(count).fill(name.endsWith(".weight") ? 1 : 0);
  const bound = 1 / Math.sqrt(shape.slice(1).reduce((a, b) => a * b, 1));
  return noise(count, count).map((x) => bound * x);
}

/** A named model with a batch of noise: config, parameters in PyTorch's order, images NCHW. */
export function randomProblem({ model, batchSize }) {
  const config = models[model];
  const parameters = parameterShapes(config).map(({ name, shape }) => ({
    name,
    shape,
    values: initialValues(name, shape),
  }));
  const { imageSize, inChannels, numClasses } = config;
  return {
    config,
    parameters,
    batchSize,
    images: noise(batchSize * inChannels * imageSize ** 2, 7),
    labels: Int32Array.from({ length: batchSize }, (_, i) => (37 * i) % numClasses),
  };
}

/** The same from a fixture, whose answers `distances` compares with. */
export async function frozenProblem({ fixture: path }) {
  const fixture = await readFixture(path);
  const { config, labels, input } = fixture;
  const parameters = parameterShapes(config).map(({ name, shape }) => ({
    name,
    shape,
    values: fixture.parameters.get(name).data,
  }));
  return { config, parameters, batchSize: labels.length, images: input.data, labels, fixture };
}

/** How far logits, loss and the worst gradient are from the fixture's, all relative; gradients in PyTorch's order. */
export function distances({ logits, loss, gradients: expected }, got) {
  const distance = (name, actual, { data }) => compare(name, [], actual, data, { measure: "norm", tolerance: 1e-4 });
  const gradients = [...expected].map(([name, tensor]) => distance(name, got.gradients.get(name), tensor));
  const worst = gradients.reduce((far, next) => (next.relative > far.relative ? next : far));
  return {
    logits: distance("logits", got.logits, logits).relative,
    loss: distance("loss", got.loss, loss).relative,
    gradient: worst.relative,
    of: worst.name,
    gradients: gradients.length,
    ok: worst.ok,
  };
}
