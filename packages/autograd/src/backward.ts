import { add, type Tensor } from "@snnmlp/tensor";
import type { GradientTape } from "./tape.js";

/**
 * Walks a tape backwards from `y` with its gradient `dy`, and gives the gradient of every leaf, `undefined` for a leaf
 * `y` does not depend on.
 *
 * The first gradient of a tensor is used as it comes, later ones are added, by the rule itself where it says so. An
 * entry's output and its gradient are freed as soon as the entry is done: everything that reads them comes later in the
 * forward pass, so earlier here.
 */
export function backward(tape: GradientTape, y: Tensor, dy: Tensor, leaves: readonly Tensor[]): (Tensor | undefined)[] {
  const gradients = new Map<Tensor, Tensor>([[y, dy]]);
  const kept = new Set<Tensor>([y, ...leaves]);
  for (const entry of tape.entries.splice(0).reverse()) {
    const dys = entry.outputs.map((output) => gradients.get(output));
    if (dys.some((each) => each !== undefined)) {
      const inputs = Object.entries(entry.inputs);
      const wants = Object.fromEntries(inputs.map(([name, input]) => [name, tape.watches(input)]));
      const adds = inputs.filter(([name]) => wants[name] && entry.adds.includes(name));
      const soFar = Object.fromEntries(adds.map(([name, input]) => [name, gradients.get(input)]));
      const found = entry.vjp(dys, wants, soFar);
      for (const [name, input] of inputs) {
        const gradient = found[name];
        if (!wants[name] || !gradient) continue;
        const before = entry.adds.includes(name) ? undefined : gradients.get(input);
        gradients.set(input, before ? add(before, gradient) : gradient);
      }
    }
    for (const output of entry.outputs) {
      if (kept.has(output)) continue;
      output.dispose();
      const spent = gradients.get(output);
      gradients.delete(output);
      // A rule may pass dy on as it is, so another tensor's gradient can be the same one.
      if (spent && spent !== dy && ![...gradients.values()].includes(spent)) spent.dispose();
    }
  }
  return leaves.map((leaf) => gradients.get(leaf));
}
