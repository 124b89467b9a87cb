import { add, type Scope, scope, type TapeEntry, type Tensor } from "@snnmlp/tensor";
import { GradientTape } from "./tape.js";

/** Gradients found so far, by the tensor they belong to. */
type Found = Map<Tensor, Tensor>;

/**
 * Walks a tape backwards from `y` with its gradient `dy`, and gives the gradient of every leaf, `undefined` for a leaf
 * `y` does not depend on.
 *
 * The first gradient of a tensor is used as it comes, later ones are added, by the rule itself where it says so. An
 * entry's output and its gradient are freed as soon as the entry is done, unless the caller kept them: everything that
 * reads them comes later in the forward pass, so earlier here. Inside another gradient nothing is freed, as the outer
 * rules read what this pass makes.
 *
 * @param owner the scope the forward pass ran in
 */
export function backward(
  tape: GradientTape,
  y: Tensor,
  dy: Tensor,
  leaves: readonly Tensor[],
  owner: Scope,
): (Tensor | undefined)[] {
  const { device } = y;
  const outer = device.tapes.filter((each) => each instanceof GradientTape);
  const found: Found = new Map([[y, dy]]);
  for (const entry of tape.entries.splice(0).reverse()) {
    if (outer.length > 0) {
      outer.reduce(
        (run, each) => () => each.audit(entry.op, run),
        () => pullBack(tape, entry, found),
      )();
    } else {
      using step = scope(device);
      for (const gradient of pullBack(tape, entry, found)) step.keep(gradient);
      retire(entry, found, { y, dy }, owner);
    }
  }
  return leaves.map((leaf) => found.get(leaf));
}

/** Applies one rule; gives the gradients it found or added to. */
function pullBack(tape: GradientTape, entry: TapeEntry, found: Found): Tensor[] {
  const dys = entry.outputs.map((output) => found.get(output));
  if (dys.every((dy) => dy === undefined)) return [];
  const inputs = Object.entries(entry.inputs);
  const wants = Object.fromEntries(inputs.map(([name, input]) => [name, tape.watches(input)]));
  const adds = inputs.filter(([name]) => wants[name] && entry.adds.includes(name));
  const soFar = Object.fromEntries(adds.map(([name, input]) => [name, found.get(input)]));
  const gradients = entry.vjp(dys, wants, soFar);
  const changed: Tensor[] = [];
  for (const [name, input] of inputs) {
    const gradient = gradients[name];
    if (!wants[name] || !gradient) continue;
    const before = entry.adds.includes(name) ? undefined : found.get(input);
    const total = before ? add(before, gradient) : gradient;
    found.set(input, total);
    changed.push(total);
  }
  return changed;
}

/** Frees an entry's outputs and their gradients, but for what somebody else holds. */
function retire(entry: TapeEntry, found: Found, seed: { y: Tensor; dy: Tensor }, owner: Scope): void {
  for (const output of entry.outputs) {
    const spent = found.get(output);
    found.delete(output);
    // A rule may pass dy on as it is, so another tensor's gradient can be the same one.
    if (spent && spent !== seed.dy && ![...found.values()].includes(spent)) spent.dispose();
    if (output !== seed.y && owner.owns(output)) output.dispose();
  }
}
