/**
 * The border between PyTorch's state dict and our layout. Inside, activations are channels-last, so a convolution's
 * weight is a matrix [inputs, outputs] that a linear layer multiplies by:
 *
 *     1x1 convolution, patch embedding   [out, in, kh, kw] -> [kh * kw * in, out]
 *     depthwise 3x3                      [C, 1, 3, 3]      -> [3, 3, C]
 *     head                               [classes, C]      -> [C, classes]
 *     everything else                    as it is
 */
export interface WeightLayout {
  /** Our shape. */
  readonly shape: readonly number[];
  /** For each of our elements, in order, its index in PyTorch's array. */
  readonly source: (index: number) => number;
}

/** How a parameter of a state dict lies inside; `shape` is PyTorch's. */
export function weightLayout(name: string, shape: readonly number[]): WeightLayout {
  const [out = 1, inputs = 1, kh = 1, kw = 1] = shape;
  const taps = kh * kw;
  if (shape.length === 4 && name.endsWith(".dw1.weight")) {
    return { shape: [kh, kw, out], source: (index) => (index % out) * taps + Math.floor(index / out) };
  }
  if (shape.length === 4 || shape.length === 2) {
    return {
      shape: [taps * inputs, out],
      source: (index) => {
        const row = Math.floor(index / out);
        return ((index % out) * inputs + (row % inputs)) * taps + Math.floor(row / inputs);
      },
    };
  }
  return { shape, source: (index) => index };
}

/** PyTorch's values in our order. */
export function toInternal(name: string, shape: readonly number[], values: Float32Array): Float32Array {
  const { source } = weightLayout(name, shape);
  return Float32Array.from(values, (_, index) => values[source(index)] ?? Number.NaN);
}

/** Our values in PyTorch's order. */
export function toPyTorch(name: string, shape: readonly number[], values: Float32Array): Float32Array<ArrayBuffer> {
  const { source } = weightLayout(name, shape);
  const result = new Float32Array(values.length);
  for (const [index, value] of values.entries()) result[source(index)] = value;
  return result;
}
