import { type RandomKey, type Shape, scope, type Tensor } from "@snnmlp/tensor";
import type { Activations } from "../model/blocks.js";
import type { SNNMLP } from "../model/snnmlp.js";

const allFinite = async (tensor: Tensor<Shape, "f32">): Promise<boolean> =>
  (await tensor.read()).every(Number.isFinite);

/** The first parameter in network order that holds a value which is not finite. */
export async function brokenParameter(model: SNNMLP): Promise<string | undefined> {
  for (const { name } of model.shapes) {
    const parameter = model.parameters[name];
    if (parameter && !(await allFinite(parameter))) return `parameter ${name} holds a value that is not finite`;
  }
  return undefined;
}

/** The first layer whose output is not finite, by a forward pass. @param images its input, made when called */
export async function brokenLayer(
  model: SNNMLP,
  images: () => Activations,
  dropPathKey: RandomKey | undefined,
): Promise<string | undefined> {
  using _all = scope(model.device);
  const outputs: [name: string, y: Activations][] = [];
  const onLayer = (name: string, y: Activations): void => void outputs.push([name, y]);
  const input = images();
  const logits = model.forward(input, { dropPathKey, onLayer });
  if (!(await allFinite(input))) return "the input images are not finite";
  for (const [name, y] of [...outputs, ["head", logits] as const]) {
    if (!(await allFinite(y))) return `${name} is the first layer whose output is not finite`;
  }
  return undefined;
}

/**
 * Which gradients are not finite, or too large for their norm. They are computed from the loss backwards, so the cause lies
 * at the last of them in network order.
 */
export async function brokenGradients(
  model: SNNMLP,
  gradients: Readonly<Record<string, Tensor<Shape, "f32">>>,
): Promise<string | undefined> {
  const broken: string[] = [];
  let [most, steepest] = [0, ""];
  for (const { name } of model.shapes) {
    const values = (await gradients[name]?.read()) ?? new Float32Array();
    const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    if (!Number.isFinite(largest)) broken.push(name);
    else if (largest > most) [most, steepest] = [largest, name];
  }
  const [first] = broken;
  const last = broken.at(-1);
  if (first === undefined) {
    // Their squares overflow f32.
    if (most > 1e17) return `the gradient of ${steepest} is as large as ${most.toPrecision(3)}`;
    return undefined;
  }
  if (first === last) return `the gradient of ${first} is not finite`;
  return `the gradients of ${broken.length} parameters are not finite, from ${first} to ${last}, where the backward pass met it first`;
}
