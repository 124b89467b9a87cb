import { toInternal, toPyTorch, weightLayout } from "snnmlp";
import { adam, network, packed } from "../network.mjs";
import { affine, mulAdd, scalar, total } from "./arithmetic.mjs";
import { tf } from "./backend.mjs";
import { layersOf } from "./layers.mjs";

/** Weights as matrices [in, out], vectors as rows: tfjs broadcasts a row four numbers at a time, a 1-D tensor one. */
export function toTfjs({ name, shape, values }) {
  const inner = swapNeighbours(name, toInternal(name, shape, values));
  return tf.tensor(inner, tfjsShape(name, shape));
}

/** The values of a tensor in the layout of `toTfjs`, in PyTorch's order. */
export const fromTfjs = ({ name, shape }, values) => toPyTorch(name, shape, swapNeighbours(name, values));

function tfjsShape(name, shape) {
  if (name.endsWith(".dw1.weight")) return [3, 3, shape[0], 1];
  const { shape: inner } = weightLayout(name, shape);
  return inner.length === 1 && !/tau|Vth/.test(name) ? [1, ...inner] : inner;
}

/** Patch merging cuts rows first here, and columns first in PyTorch: the two middle quarters of its channels trade places. */
function swapNeighbours(name, values) {
  if (!name.includes("downsample")) return values;
  const quarter = values.length / 4;
  const swapped = values.slice();
  swapped.set(values.subarray(quarter, 2 * quarter), 2 * quarter);
  swapped.set(values.subarray(2 * quarter, 3 * quarter), quarter);
  return swapped;
}

/** A model's tensors: parameters by name, images [B, H, W, C], labels as rows of 0 and 1. */
export function tensorsOf({ config, parameters, batchSize, images, labels }) {
  const { imageSize, inChannels, numClasses } = config;
  const nchw = tf.tensor(images, [batchSize, inChannels, imageSize, imageSize]);
  const targets = new Float32Array(batchSize * numClasses);
  labels.forEach((label, i) => {
    targets[i * numClasses + label] = 1;
  });
  return {
    parameters: new Map(parameters.map((parameter) => [parameter.name, toTfjs(parameter)])),
    images: tf.transpose(nchw, [0, 2, 3, 1]),
    targets: tf.tensor(targets, [batchSize, numClasses]),
  };
}

/** Class scores. */
export const logitsOf = (config, { parameters, images }) =>
  tf.tidy(
    () =>
      network(
        layersOf(
          (name) => parameters.get(name),
          () => undefined,
        ),
        config,
        images,
        images.shape[0],
      ).y,
  );

/** Logits, mean cross entropy and gradients by name; a parameter nothing depends on has none. */
export function differentiate(config, { parameters, images, targets }) {
  const gradients = new Map();
  const [B] = images.shape;
  const layers = layersOf(
    (name) => parameters.get(name),
    (name, gradient) => gradients.set(name, gradient),
  );
  const { y, pull } = network(layers, config, images, B);
  const logits = tf.clone(y);
  const { loss, dy } = tf.tidy(() => {
    const logs = tf.logSoftmax(logits);
    const loss = tf.mul(total(tf.mul(logs, targets)), scalar(-1 / B));
    return { loss, dy: tf.mul(tf.sub(tf.exp(logs), targets), scalar(1 / B)) };
  });
  tf.dispose(pull(dy));
  dy.dispose();
  return { logits, loss, gradients };
}

/** AdamW; small parameters are updated together, as one vector. */
export class AdamW {
  constructor(descriptions, parameters) {
    this.parameters = parameters;
    this.step = 0;
    this.groups = packed(descriptions, 32768).map((members) => {
      const names = members.map(({ name }) => name);
      const sizes = names.map((name) => parameters.get(name).size);
      const shape = names.length === 1 ? parameters.get(names[0]).shape : [sizes.reduce((a, b) => a + b, 0)];
      const flat = names.length === 1 ? undefined : this.gather(names.map((name) => parameters.get(name)));
      return { names, sizes, flat, m: tf.zeros(shape), v: tf.zeros(shape) };
    });
  }

  gather(tensors) {
    return tf.concat(tensors.map((tensor) => tf.reshape(tensor, [tensor.size])));
  }

  /** Updates `parameters` in place of the old tensors and frees the gradients. */
  update(gradients) {
    const { beta1, beta2, rate, eps, decay } = adam;
    this.step += 1;
    const root = Math.sqrt(1 - beta2 ** this.step);
    const factor = tf.scalar((-rate * root) / (1 - beta1 ** this.step));
    const floor = tf.scalar(eps * root);
    for (const group of this.groups) {
      const { names, sizes, flat } = group;
      const old = names.map((name) => this.parameters.get(name));
      const next = tf.tidy(() => {
        const each = old.map((tensor, i) => gradients.get(names[i]) ?? tf.zeros(tensor.shape));
        const g = flat ? this.gather(each) : each[0];
        const m = affine({ x: g, mean: group.m, scale: scalar(1 - beta1), offset: group.m });
        const v = affine({ x: tf.mul(g, g), mean: group.v, scale: scalar(1 - beta2), offset: group.v });
        const direction = tf.div(m, tf.add(tf.sqrt(v), floor));
        const p = mulAdd(direction, factor, tf.mul(flat ?? old[0], scalar(1 - rate * decay)));
        const parts = flat ? tf.split(p, sizes).map((part, i) => tf.reshape(part, old[i].shape)) : [p];
        return { m, v, parts, ...(flat && { p }) };
      });
      tf.dispose([group.m, group.v, old, ...(flat ? [flat] : [])]);
      Object.assign(group, { m: next.m, v: next.v, flat: next.p });
      for (const [i, name] of names.entries()) this.parameters.set(name, next.parts[i]);
    }
    tf.dispose([...gradients.values(), factor, floor]);
  }
}
