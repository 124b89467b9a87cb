import { adam, network, packed } from "../network.mjs";
import { jax } from "./backend.mjs";
import { layersOf } from "./layers.mjs";

const { numpy: np, lax, jit } = jax;

/** Parameters in packs, flat vectors: a kernel binds at most 16 buffers, so a pack is written from at most 15 gradients. */
export function packsOf(parameters) {
  const packs = packed(parameters, 20_000, 15).map((members) => {
    let offset = 0;
    return members.map(({ name, shape, values }) => {
      const found = { name, values, offset, shape: shape.length === 1 ? shape : [shape[0], values.length / shape[0]] };
      offset += values.length;
      return found;
    });
  });
  const arrays = packs.map((members) => np.array(Float32Array.from(members.flatMap(({ values }) => [...values]))));
  return { packs, arrays };
}

/** Traces a parameter afresh from its pack. */
function reader(packs, arrays) {
  const places = new Map(packs.flatMap((members, i) => members.map((member) => [member.name, { ...member, i }])));
  return (name) => {
    const { i, offset, shape, values } = places.get(name);
    const pack = arrays[i].ref;
    const own = packs[i].length === 1 ? pack : pack.slice([offset, offset + values.length]);
    return own.reshape(shape);
  };
}

export const forward = (config, packs, B) =>
  jit(
    (arrays, images) =>
      network(
        layersOf(reader(packs, arrays), () => undefined),
        config,
        images,
        B,
      ).y,
  );

/** Mean loss, logits [classes, B], and a gradient for each pack. */
export function differentiate(config, packs, arrays, images, labels, B) {
  const gradients = new Map();
  const layers = layersOf(reader(packs, arrays), (name, gradient) => gradients.set(name, gradient));
  const { y: logits, pull } = network(layers, config, images, B);
  const hot = () =>
    np.equal(np.arange(config.numClasses).reshape([-1, 1]), labels.ref.reshape([1, B])).astype(np.float32);
  const largest = lax.stopGradient(logits.ref.max(0)).reshape([1, B]);
  const shifted = () => logits.ref.sub(largest.ref);
  const logSum = np.log(np.exp(shifted()).sum(0)).reshape([1, B]);
  const loss = logSum.ref
    .sub(shifted().mul(hot()).sum(0).reshape([1, B]))
    .sum()
    .mul(1 / B);
  pull(
    np
      .exp(shifted().sub(logSum))
      .sub(hot())
      .mul(1 / B),
  );
  const flat = packs.map((members) => {
    const parts = members.map(({ name, values }) => gradients.get(name)?.reshape([-1]) ?? np.zeros([values.length]));
    return parts.length === 1 ? parts[0] : np.concatenate(parts);
  });
  return { loss, logits, gradients: flat };
}

/** One AdamW update of everything. @returns a function of packs, moments [2, n] each, images, labels, corrections [2] */
export const trainingStep = (config, packs, B) =>
  jit((arrays, moments, images, labels, corrections) => {
    const { loss, gradients } = differentiate(config, packs, arrays, images, labels, B);
    const next = arrays.map((pack, i) => adamw(pack.ref, moments[i], gradients[i], corrections));
    return [loss, next.map(({ p }) => p), next.map(({ mv }) => mv)];
  });

/** A kernel has one result, so both moments lie in one array: two dispatches a pack. */
function adamw(p, moments, gradient, corrections) {
  const { rate, beta1, beta2, eps, decay } = adam;
  const [n] = gradient.shape;
  const first = () => np.equal(np.arange(2).reshape([2, 1]), 0);
  const g = () => gradient.ref.reshape([1, n]);
  const fresh = np.where(
    first(),
    g().mul(1 - beta1),
    g()
      .mul(g())
      .mul(1 - beta2),
  );
  const mv = moments.mul(np.where(first(), beta1, beta2)).add(fresh);
  const row = (i) =>
    mv.ref
      .slice([i, i + 1], [])
      .reshape([n])
      .mul(corrections.ref.slice([i, i + 1]));
  const direction = row(0).div(np.sqrt(row(1)).add(eps));
  return { p: p.mul(1 - rate * decay).sub(direction.mul(rate)), mv };
}

export const correctionsAt = (step) =>
  np.array(new Float32Array([1 / (1 - adam.beta1 ** step), 1 / (1 - adam.beta2 ** step)]));
