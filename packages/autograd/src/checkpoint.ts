import { derive, type Gradients, scope, type Tensor } from "@snnmlp/tensor";
import { backward } from "./backward.js";
import { GradientTape, noGrad, recordOn } from "./tape.js";

/**
 * Runs `f` without keeping what it computes on the way, and runs it again when its gradient is asked for: less memory for
 * more time (Chen et al., arXiv 1604.06174). The second run launches the same kernels, so the gradient has the same bits.
 *
 * @param f must give the same result both times; what it should be differentiated by comes in `inputs`, not by capture
 * @returns f's result
 *
 * ```ts
 * const y = checkpoint(({ x, w }) => relu(matmul(x, w)), { x, w });
 * ```
 */
export function checkpoint<I extends Readonly<Record<string, Tensor>>, Y extends Tensor>(
  f: (inputs: I) => Y,
  inputs: I,
): Y {
  const names = Object.keys(inputs);
  const leaves = Object.values(inputs);
  const [first] = leaves;
  if (!first) return f(inputs);
  const { device } = first;
  const y = noGrad(device, () => {
    using s = scope(device);
    return s.keep(f(inputs));
  });
  return derive<string, Y>("checkpoint", inputs, y, (dy): Gradients<string> => {
    using s = scope(device);
    const tape = new GradientTape(leaves);
    const again = recordOn(device, tape, () => f(inputs));
    const gradients = backward(tape, again, dy, leaves, s);
    if (device.tapes.length > 0) s.keepAll();
    return Object.fromEntries(names.map((name, i) => [name, gradients[i] && s.keep(gradients[i])]));
  });
}
