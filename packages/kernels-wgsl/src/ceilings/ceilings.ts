import { at, ceilDiv, grid1d, kernel, type Launch, words } from "../launch.js";
import { unroll } from "../unroll.js";
import copy from "./copy.wgsl";
import multiplyAdd from "./multiply-add.wgsl";

/**
 * A plain copy of `count` f32 numbers, the measure of other kernels' GB/s.
 *
 * @param per vec4s an invocation copies
 * Buffers: x, y.
 */
export function copyCeilingLaunch(count: number, per: number): Launch {
  const vectors = ceilDiv(count, 4);
  return {
    kernel: kernel("ceilings/copy", unroll(copy.replace("PER = 1u", `PER = ${per}u`)), { PER: per }),
    params: words(vectors),
    grid: grid1d(ceilDiv(vectors, 64 * per)),
    bytes: 8 * count,
    flops: 0,
    reference: (x, y) => y.set(x.subarray(0, count)),
  };
}

const chains = 8;
const steps = 8;

/**
 * Multiply-adds in registers, the measure of other kernels' GFLOP/s.
 * Buffers: x [2], the factor and the term of every multiply-add; y [invocations].
 */
export function multiplyAddCeilingLaunch(invocations: number, rounds: number): Launch {
  return {
    kernel: kernel("ceilings/multiply-add", unroll(multiplyAdd)),
    params: words(invocations, rounds),
    grid: grid1d(ceilDiv(invocations, 64)),
    bytes: 4 * invocations,
    flops: invocations * (2 * chains * steps * rounds + chains - 1),
    reference: (x, y) => {
      for (let i = 0; i < invocations; i++) {
        let sum = 0;
        for (let j = 0; j < chains; j++) {
          let a = i + j;
          for (let k = 0; k < steps * rounds; k++) a = a * at(x, 0) + at(x, 1);
          sum += a;
        }
        y[i] = sum;
      }
    },
  };
}
