import { append, type Chain } from "../chain.js";
import { ceilDiv, type Launch, type Profile } from "../launch.js";
import { reduceChain } from "../reduce/reduce.js";
import type { MatmulDims } from "./matmul.js";

/** Values of k in all batches, which are chunks of one sum where `total` says so. */
export const totalOf = ({ K, batches, total = K * batches }: MatmulDims): number => total;

/** Workgroups that keep an adapter busy: more than a GPU has multiprocessors, a few for each core of a CPU. */
const enoughGroups = { gpu: 256, lavapipe: 16, swiftshader: 16 };

/** Values of k that a workgroup should at least have for the sum of its chunk to be worth a place in memory. */
const shortestChunk = 256;

/**
 * `c = a^T b` by kernels that own tiles of the result: where the tiles are few and the sum is long, it is cut into chunks
 * whose results are added in order. Buffers: a, b, c.
 *
 * @param launch the product of some dims
 * @param tile rows and columns of a tile
 */
export function splitChain(
  dims: MatmulDims,
  profile: Profile,
  tile: number,
  launch: (of: MatmulDims) => Launch,
): Chain {
  const { M, N, K } = dims;
  const wanted = Math.min(
    Math.floor(K / shortestChunk),
    ceilDiv(enoughGroups[profile.kind], ceilDiv(M, tile) * ceilDiv(N, tile)),
  );
  const chunk = 4 * ceilDiv(K, 4 * Math.max(1, wanted));
  const chunks = ceilDiv(K, chunk);
  if (chunks === 1) return { steps: [[launch(dims), [0, 1, 2]]], scratch: [] };
  const parts = launch({ ...dims, batches: chunks, K: chunk, total: K });
  const sum = reduceChain("sum", { outer: 1, length: chunks, inner: M * N }, "f32", profile);
  return append({ steps: [[parts, [0, 1, 3]]], scratch: [chunks * M * N] }, 3, sum, [3, 2]);
}
