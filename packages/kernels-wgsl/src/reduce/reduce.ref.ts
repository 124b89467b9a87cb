import { at, ceilDiv, type Reference } from "../launch.js";
import type { ReduceDims, ReduceName } from "./reduce.js";

/** One stage of a reduction: `y [outer, chunks, inner]` over chunks of `x [outer, length, inner]`, times `scale`. */
export function reduceReference(name: ReduceName, dims: ReduceDims, chunk: number, scale: number): Reference {
  const { outer, length, inner } = dims;
  const chunks = ceilDiv(length, chunk);
  return (x, y) => {
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < chunks; k++) {
        for (let c = 0; c < inner; c++) {
          const values: number[] = [];
          for (let r = k * chunk; r < Math.min((k + 1) * chunk, length); r++)
            values.push(at(x, (o * length + r) * inner + c));
          y[(o * chunks + k) * inner + c] = reduced(name, values) * scale;
        }
      }
    }
  };
}

function reduced(name: ReduceName, values: readonly number[]): number {
  switch (name) {
    case "max":
      return values.reduce((best, value) => Math.max(best, value));
    case "min":
      return values.reduce((best, value) => Math.min(best, value));
    case "sumOfSquares":
      return values.reduce((sum, value) => sum + value * value, 0);
    default:
      return values.reduce((sum, value) => sum + value, 0);
  }
}
