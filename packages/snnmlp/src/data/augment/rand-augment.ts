import type { Pixels } from "../pixels.js";
import type { Sampling } from "./affine.js";
import { increasingOperations, type OperationName, operationNames, operations } from "./operations.js";
import type { PictureRandom } from "./picture-random.js";
import type { RandAugmentPolicy } from "./rand-augment-policy.js";

/** An operation that was drawn for a picture. */
export interface DrawnOperation {
  readonly name: OperationName;
  /** Its argument, if it takes one: degrees, a share, a factor, bits or bytes. */
  readonly argument?: number;
}

const chance = 0.5;

/**
 * Draws the operations of one picture (timm 0.3.2, `RandAugment` and `AugmentOp`): `layers` times one of the fifteen, each
 * carried out with probability 1/2 at a normally distributed magnitude cut off at 0 and 10.
 */
export function drawOperations(policy: RandAugmentPolicy, random: PictureRandom): readonly DrawnOperation[] {
  const table = policy.increasing ? increasingOperations : operations;
  return Array.from({ length: policy.layers }, (): readonly DrawnOperation[] => {
    const name = operationNames[random.integer(0, operationNames.length - 1)] ?? "Invert";
    if (random.uniform() >= chance) return [];
    const { argument } = table[name];
    if (!argument) return [{ name }];
    const wanted = policy.magnitudeStd > 0 ? random.normal(policy.magnitude, policy.magnitudeStd) : policy.magnitude;
    const magnitude = Math.min(10, Math.max(0, wanted));
    return [{ name, argument: argument(magnitude, random.uniform() < 0.5 ? 1 : -1) }];
  }).flat();
}

/** Carries out drawn operations one after the other; `sampling` is asked for each. */
export function applyOperations(picture: Pixels, drawn: readonly DrawnOperation[], sampling: () => Sampling): Pixels {
  return drawn.reduce(
    (pixels, { name, argument }) => operations[name].apply(pixels, argument ?? 0, sampling()),
    picture,
  );
}
