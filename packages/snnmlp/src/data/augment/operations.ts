import type { Pixels } from "../pixels.js";
import { rotate, type Sampling, shearX, shearY, translateX, translateY } from "./affine.js";
import { color, sharpness } from "./blend-operations.js";
import {
  autoContrast,
  brightness,
  contrast,
  equalize,
  invert,
  posterize,
  solarize,
  solarizeAdd,
} from "./point-operations.js";

/** One of RandAugment's operations. */
export interface Operation {
  /**
   * The operation's argument at a magnitude of 0 to 10; `sign` is a random 1 or -1. An operation without has none.
   */
  readonly argument?: (magnitude: number, sign: 1 | -1) => number;
  readonly apply: (picture: Pixels, argument: number, sampling: Sampling) => Pixels;
}

const share = (magnitude: number): number => magnitude / 10;

/** The change grows with the magnitude, in either direction. */
const bothWays = (most: number) => (magnitude: number, sign: number) => sign * (share(magnitude) * most);
/** 1 is no change. */
const aroundOne = (magnitude: number, sign: number): number => 1 + sign * (share(magnitude) * 0.9);
const fromTenth = (magnitude: number): number => share(magnitude) * 1.8 + 0.1;
const whole = (most: number) => (magnitude: number) => Math.trunc(share(magnitude) * most);

/** The names of RandAugment's fifteen operations, timm's and in its order. */
export const operationNames = [
  "AutoContrast",
  "Equalize",
  "Invert",
  "Rotate",
  "Posterize",
  "Solarize",
  "SolarizeAdd",
  "Color",
  "Contrast",
  "Brightness",
  "Sharpness",
  "ShearX",
  "ShearY",
  "TranslateXRel",
  "TranslateYRel",
] as const;
/** A name in `operationNames`. */
export type OperationName = (typeof operationNames)[number];

/** The operations with their arguments by timm 0.3.2 (`LEVEL_TO_ARG` of its auto_augment.py). */
export const operations: Readonly<Record<OperationName, Operation>> = {
  AutoContrast: { apply: autoContrast },
  Equalize: { apply: equalize },
  Invert: { apply: invert },
  Rotate: { argument: bothWays(30), apply: rotate },
  Posterize: { argument: whole(4), apply: posterize },
  Solarize: { argument: whole(256), apply: solarize },
  SolarizeAdd: { argument: whole(110), apply: solarizeAdd },
  Color: { argument: fromTenth, apply: color },
  Contrast: { argument: fromTenth, apply: contrast },
  Brightness: { argument: fromTenth, apply: brightness },
  Sharpness: { argument: fromTenth, apply: sharpness },
  ShearX: { argument: bothWays(0.3), apply: shearX },
  ShearY: { argument: bothWays(0.3), apply: shearY },
  TranslateXRel: { argument: bothWays(0.45), apply: translateX },
  TranslateYRel: { argument: bothWays(0.45), apply: translateY },
};

/** The same where a larger magnitude always means a stronger change (`_RAND_INCREASING_TRANSFORMS`). */
export const increasingOperations: Readonly<Record<OperationName, Operation>> = {
  ...operations,
  Posterize: { argument: (magnitude) => 4 - whole(4)(magnitude), apply: posterize },
  Solarize: { argument: (magnitude) => 256 - whole(256)(magnitude), apply: solarize },
  Color: { argument: aroundOne, apply: color },
  Contrast: { argument: aroundOne, apply: contrast },
  Brightness: { argument: aroundOne, apply: brightness },
  Sharpness: { argument: aroundOne, apply: sharpness },
};
