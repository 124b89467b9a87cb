import type { Device } from "../device.js";
import type { DType, Values } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { type Shape, show, sizeOf, validateShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/**
 * A tensor from host values, row-major.
 *
 * @param values `sizeOf(shape)` numbers
 * @throws ShapeError when their count is another
 */
export function tensor<const S extends Shape, D extends DType = "f32">(
  device: Device,
  values: Values,
  shape: S,
  dtype: D = "f32" as D,
): Tensor<S, D> {
  validateShape("tensor", shape);
  if (values.length !== sizeOf(shape)) {
    throw new ShapeError("tensor", `shape ${show(shape)} needs ${sizeOf(shape)} values, got ${values.length}`);
  }
  return device.constant("tensor", shape, dtype, values);
}

/** A tensor of one repeated value. */
export function full<const S extends Shape, D extends DType = "f32">(
  device: Device,
  shape: S,
  value: number,
  dtype: D = "f32" as D,
): Tensor<S, D> {
  return tensor(device, new Float64Array(sizeOf(shape)).fill(value), shape, dtype);
}

/** A tensor of zeros. */
export const zeros = <const S extends Shape, D extends DType = "f32">(
  device: Device,
  shape: S,
  dtype: D = "f32" as D,
): Tensor<S, D> => full(device, shape, 0, dtype);

/** A tensor of ones. */
export const ones = <const S extends Shape, D extends DType = "f32">(
  device: Device,
  shape: S,
  dtype: D = "f32" as D,
): Tensor<S, D> => full(device, shape, 1, dtype);
