import type { Launch } from "@snnmlp/kernels-wgsl";

/**
 * A launch for the oracle that reads some buffers and wholly overwrites others: each result mixes every value read, so
 * memory that was overwritten too early shows in everything that comes after.
 */
export function toyLaunch(reads: number, writes: number): Launch {
  const access = [...new Array(reads).fill("read" as const), ...new Array(writes).fill("write" as const)];
  return {
    kernel: { name: "toy", key: `toy ${reads} ${writes}`, code: "", uniform: false, access },
    params: new Uint32Array(),
    grid: [1, 1, 1],
    bytes: 0,
    flops: 0,
    reference: (...buffers) => {
      const sources = buffers.slice(0, reads);
      const total = sources.reduce(
        (sum, values, k) => sum + values.reduce((a, x, i) => a + x * (1 + ((i + k) % 3)), 0),
        1,
      );
      for (const [k, out] of buffers.slice(reads).entries()) {
        for (const i of out.keys()) out[i] = Math.sin(total + i + 10 * k);
      }
    },
  };
}
