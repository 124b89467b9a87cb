/** Values [B, C, H, W], as PyTorch and fixtures have them, in our order [B, H, W, C]. */
export function toChannelsLast(values: Float32Array, shape: readonly number[]): Float32Array<ArrayBuffer> {
  return reorder(values, shape, (c, pixel, channels, pixels) => [pixel * channels + c, c * pixels + pixel]);
}

/** Values [B, H, W, C] in PyTorch's order; `shape` is the result's, [B, C, H, W]. */
export function toChannelsFirst(values: Float32Array, shape: readonly number[]): Float32Array<ArrayBuffer> {
  return reorder(values, shape, (c, pixel, channels, pixels) => [c * pixels + pixel, pixel * channels + c]);
}

type Places = (c: number, pixel: number, channels: number, pixels: number) => readonly [to: number, from: number];

function reorder(values: Float32Array, shape: readonly number[], places: Places): Float32Array<ArrayBuffer> {
  const [batch = 1, channels = 1, height = 1, width = 1] = shape;
  const pixels = height * width;
  const reordered = new Float32Array(values.length);
  for (let b = 0; b < batch; b++) {
    const image = b * channels * pixels;
    for (let c = 0; c < channels; c++) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        const [to, from] = places(c, pixel, channels, pixels);
        reordered[image + to] = values[image + from] ?? Number.NaN;
      }
    }
  }
  return reordered;
}
