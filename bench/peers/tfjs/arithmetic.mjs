import { software, tf } from "./backend.mjs";

const scalars = new Map();

/** A number on the GPU, made once. */
export function scalar(value) {
  if (!scalars.has(value)) scalars.set(value, tf.keep(tf.scalar(value)));
  return scalars.get(value);
}

/**
 * (x - mean) / sqrt(variance) * scale + offset, all broadcast, in one dispatch: batch norm is tfjs' only elementwise kernel
 * of more than two tensors.
 */
export function affine({ x, mean = scalar(0), variance = scalar(1), scale = scalar(1), offset = scalar(0) }) {
  return tf.engine().runKernel("FusedBatchNorm", { x, mean, variance, scale, offset }, { varianceEpsilon: 0 });
}

/** x * scale + shift. The kernel of `affine` works number by number, so on a CPU two of four at a time are faster. */
export const mulAdd = (x, scale, shift) =>
  software && x.size > 4096 ? tf.add(tf.mul(x, scale), shift) : affine({ x, scale, offset: shift });

/** [B * HW, C] to the means over HW, [B, C]. Pooling adds up columns; tf.sum would transpose everything first. */
export function meanOverPositions(x, B, HW, C) {
  if (HW === 1) return tf.reshape(x, [B, C]);
  const width = HW <= 32 ? HW : divisorNear(HW, Math.sqrt(HW));
  const height = HW / width;
  // Stride as large as the window: "same" pads nothing, and avoids a slower path that "valid" takes.
  const rows = tf.avgPool(tf.reshape(x, [B, height, width, C]), [1, width], [1, width], "same");
  const all = height === 1 ? rows : tf.avgPool(rows, [height, 1], [height, 1], "same");
  return tf.reshape(all, [B, C]);
}

/** [M, C] to the sums of its columns, [1, C]. */
export function columnSums(x) {
  const [M, C] = x.shape;
  return tf.mul(meanOverPositions(x, 1, M, C), scalar(M));
}

/** [B, N] to [B, 1]. Long rows in two steps: a row is one workgroup's. */
export function rowMeans(x) {
  const [B, N] = x.shape;
  if (N < 16384) return tf.mean(x, 1, true);
  const parts = divisorNear(N, Math.max(8, N / 4096));
  return tf.mean(tf.reshape(tf.mean(tf.reshape(x, [B * parts, N / parts]), 1), [B, parts]), 1, true);
}

/** The sum of everything, [1]. */
export function total(x) {
  const parts = x.size < 4096 ? 1 : divisorNear(x.size, Math.sqrt(x.size));
  const sums = tf.sum(tf.reshape(x, [parts, x.size / parts]), 1);
  return parts === 1 ? sums : tf.sum(tf.reshape(sums, [1, parts]), 1);
}

function divisorNear(n, target) {
  const distance = (d) => Math.abs(Math.log(d / target));
  let best = 1;
  for (let d = 1; d <= n; d++) if (n % d === 0 && distance(d) < distance(best)) best = d;
  return best;
}
