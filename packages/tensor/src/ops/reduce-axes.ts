import { type ReduceDims, type ReduceName, reduceChain } from "@snnmlp/kernels-wgsl";
import { launchChain, viewAs } from "../op.js";
import { type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";

/**
 * Reduces over `axes` (counted from the front), run by run of neighbouring axes, last run first. Not recorded.
 *
 * @param shape of the result: x's sizes without the reduced axes, and 1s wherever wanted
 */
export function reduceAxes(name: ReduceName, x: Tensor, axes: readonly number[], shape: Shape): Tensor {
  const runs = runsOf(x.shape, axes);
  let y = x;
  for (const [i, dims] of runs.entries()) {
    const last = i === runs.length - 1;
    const next = x.device.empty(name, last ? shape : [dims.outer, dims.inner], x.dtype);
    launchChain(name, reduceChain(name, dims, x.dtype, x.device.profile), x.device, [y, next]);
    if (y !== x) y.dispose();
    y = next;
  }
  return y === x ? viewAs(name, x, shape) : y;
}

/** One [outer, length, inner] per run of neighbouring axes; axes of size 1 join any run. */
function runsOf(shape: Shape, axes: readonly number[]): ReduceDims[] {
  const runs: ReduceDims[] = [];
  let inner = 1;
  let length = 1;
  for (const [axis, dim] of [...shape.entries()].reverse()) {
    if (axes.includes(axis)) length *= dim;
    else if (dim !== 1) {
      if (length > 1) runs.push({ outer: sizeOf(shape.slice(0, axis + 1)), length, inner });
      length = 1;
      inner *= dim;
    }
  }
  if (length > 1) runs.push({ outer: 1, length, inner });
  return runs;
}
