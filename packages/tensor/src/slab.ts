import type { Device } from "./device.js";
import { viewAs } from "./op.js";
import { type Shape, sizeOf } from "./shape.js";
import { Storage } from "./storage.js";
import { Tensor } from "./tensor.js";

/**
 * Many tensors in few allocations, so that an optimiser reaches all of them in a number of launches that does not grow
 * with theirs. The tensors are views; what lies between them is zero and stays zero.
 */
export interface Slab {
  /** The tensors by name, in the shapes asked for. */
  readonly tensors: Readonly<Record<string, Tensor<Shape, "f32">>>;
  /** The memory they share, one flat tensor per allocation: more than one only past the adapter's largest binding. */
  readonly shards: readonly Tensor<readonly [number], "f32">[];
}

/** Makes a slab of zeros with a tensor for each shape. It belongs to the caller: `dispose` its tensors and shards. */
export function makeSlab(device: Device, op: string, shapes: Readonly<Record<string, Shape>>): Slab {
  const { backend, capabilities } = device;
  const perElement = backend.bytesPerElement("f32");
  const aligned = (shape: Shape) => {
    const bytes = Math.ceil((sizeOf(shape) * perElement) / backend.alignment) * backend.alignment;
    return bytes / perElement;
  };
  const layout: { names: [name: string, offset: number][]; elements: number }[] = [];
  for (const [name, shape] of Object.entries(shapes)) {
    const elements = aligned(shape);
    device.checkBinding(`${op} ${name}`, elements * perElement);
    let shard = layout.at(-1);
    if (!shard || (shard.elements + elements) * perElement > capabilities.maxBindingBytes) {
      shard = { names: [], elements: 0 };
      layout.push(shard);
    }
    shard.names.push([name, shard.elements]);
    shard.elements += elements;
  }
  const tensors: Record<string, Tensor<Shape, "f32">> = {};
  const shards = layout.map(({ names, elements }) => {
    const buffer = backend.reserve(op, elements * perElement);
    const storage = new Storage(op, "f32", elements, { buffer, offset: 0 }, () => backend.release(buffer));
    const shard = new Tensor(device, [elements] as const, "f32", op, storage, 0);
    shard.write(new Float32Array(elements));
    for (const [name, offset] of names) tensors[name] = viewAs(op, shard, shapes[name] ?? [], offset);
    return shard;
  });
  return { tensors, shards };
}
