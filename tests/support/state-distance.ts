import type { StateDict } from "snnmlp";

/** The largest difference between two state dicts, over their largest value. */
export function stateDistance(a: StateDict, b: StateDict): number {
  let [difference, largest] = [0, 0];
  for (const [name, { data }] of a) {
    const other = b.get(name)?.data ?? new Float32Array();
    data.forEach((value, i) => {
      difference = Math.max(difference, Math.abs(value - (other[i] ?? Number.NaN)));
      largest = Math.max(largest, Math.abs(value));
    });
  }
  return difference / largest;
}
