import { scope, type Tensor, TensorError, tensor } from "@snnmlp/tensor";
import { type Loss, valueAndGrad } from "./grad.js";
import { leavesOf, mapTree, type Tree } from "./tree.js";

/** How closely `checkGrad` looks. */
export interface CheckGradOptions {
  /** Step of the central difference; 1e-5 suits the float64 oracle, 1e-2 an f32 device. */
  readonly step?: number;
  /** Largest |analytic - numeric| / max(1, |numeric|) accepted. */
  readonly tolerance?: number;
  /** Check at most this many values of each tensor, evenly spread. Default 64. */
  readonly samples?: number;
}

/** The worst disagreement found. */
export interface GradientReport {
  /** Largest |analytic - numeric| / max(1, |numeric|). */
  readonly worst: number;
  /** Number of partial derivatives compared. */
  readonly compared: number;
}

/**
 * Compares `grad(f)` with central differences (f(p + h) - f(p - h)) / 2h. Meant for `openOracle()`, where both are
 * float64. Keep inputs away from kinks, such as the LIF threshold.
 *
 * @throws TensorError naming the first tensor and element past the tolerance
 */
export async function checkGrad<P extends Tree>(
  f: Loss<P, readonly []>,
  parameters: P,
  options: CheckGradOptions = {},
): Promise<GradientReport> {
  const { step = 1e-5, tolerance = 1e-6, samples = 64 } = options;
  const leaves = leavesOf(parameters);
  const device = leaves[0]?.device;
  if (!device) return { worst: 0, compared: 0 };
  using _all = scope(device);
  const analytic = leavesOf(valueAndGrad(f)(parameters).gradient);
  let worst = 0;
  let compared = 0;
  for (const [index, leaf] of leaves.entries()) {
    const at = await exactly(leaf);
    const slopes = await exactly(analytic[index] ?? leaf);
    const stride = Math.max(1, Math.ceil(leaf.size / samples));
    for (let element = 0; element < leaf.size; element += stride) {
      const moved = async (by: number) => {
        using _trial = scope(device);
        const values = at.slice();
        values[element] = (values[element] ?? 0) + by;
        const shifted = mapTree(parameters, (p) => (p === leaf ? tensor(device, values, leaf.shape, leaf.dtype) : p));
        const [value = 0] = await exactly(f(shifted));
        return value;
      };
      const numeric = ((await moved(step)) - (await moved(-step))) / (2 * step);
      const error = Math.abs((slopes[element] ?? 0) - numeric) / Math.max(1, Math.abs(numeric));
      if (!(error <= tolerance)) {
        throw new TensorError(
          `checkGrad: parameter ${index} [${leaf.shape.join(", ")}], element ${element}: gradient ${slopes[element]}, ` +
            `central difference ${numeric} (error ${error}, tolerance ${tolerance})${device.backend.bytesPerElement("f32") === 4 ? "; use openOracle(): f32 is too coarse for a step this small" : ""}`,
        );
      }
      worst = Math.max(worst, error);
      compared += 1;
    }
  }
  return { worst, compared };
}

/** Values without rounding: the oracle's are float64. */
async function exactly(t: Tensor): Promise<Float64Array> {
  return t.device.readExact(t);
}
