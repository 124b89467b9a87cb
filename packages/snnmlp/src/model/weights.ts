/**
 * The border between PyTorch's state dict and our layout. Inside, activations are channels-last, so a convolution's
 * weight is a matrix [inputs, outputs] that a linear layer multiplies by:
 *
 *     1x1 convolution, patch embedding   [out, in, kh, kw] -> [kh * kw * in, out]
 *     depthwise 3x3                      [C, 1, 3, 3]      -> [3, 3, C]
 *     head                               [classes, C]      -> [C, classes]
 *     everything else                    as it is
 *
 * All of them are one permutation, [out, in, taps] -> [taps, in, out].
 */
export interface WeightLayout {
  /** Our shape. */
  readonly shape: readonly number[];
  readonly out: number;
  readonly inputs: number;
  readonly taps: number;
}

/** How a parameter of a state dict lies inside; `shape` is PyTorch's. */
export function weightLayout(name: string, shape: readonly number[]): WeightLayout {
  const [out = 1, inputs = 1, kh = 1, kw = 1] = shape;
  if (shape.length < 2) return { shape, out, inputs: 1, taps: 1 };
  return { shape: name.endsWith(".dw1.weight") ? [kh, kw, out] : [kh * kw * inputs, out], out, inputs, taps: kh * kw };
}

/** PyTorch's values in our order. */
export function toInternal(name: string, shape: readonly number[], values: Float32Array): Float32Array<ArrayBuffer> {
  const { out, inputs, taps } = weightLayout(name, shape);
  return permuted(values, out, inputs, taps);
}

/** Our values in PyTorch's order. */
export function toPyTorch(name: string, shape: readonly number[], values: Float32Array): Float32Array<ArrayBuffer> {
  const { out, inputs, taps } = weightLayout(name, shape);
  return permuted(values, taps, inputs, out);
}

/** [A, B, C] -> [C, B, A]. */
function permuted(values: Float32Array, A: number, B: number, C: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(values.length);
  let from = 0;
  for (let a = 0; a < A; a++) {
    for (let b = 0; b < B; b++) {
      for (let c = 0; c < C; c++) result[(c * B + b) * A + a] = values[from++] ?? Number.NaN;
    }
  }
  return result;
}
