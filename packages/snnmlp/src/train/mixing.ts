import { ConfigError } from "../config.js";
import { randomStream } from "../random.js";
import { beta, type Uniform } from "./beta.js";

/** How a batch is mixed with its reverse: timm's Mixup in batch mode. */
export interface MixingSettings {
  /** Mixup's share of the own image is Beta(mixup, mixup); 0 turns it off. The authors': 0.8. */
  readonly mixup: number;
  /** CutMix's is Beta(cutmix, cutmix); 0 turns it off. The authors': 1. */
  readonly cutmix: number;
  /** Probability that a batch is mixed at all; default 1. */
  readonly probability?: number;
  /** Probability of CutMix where both are on; default 0.5. */
  readonly switchProbability?: number;
}

/** A rectangle of an image, in pixels. */
export type Rectangle = readonly [top: number, left: number, height: number, width: number];

/** How one batch is mixed. */
export interface Mixing {
  /** Share of an image's own label in its target; where nothing is cut, also of its own pixels. */
  readonly lambda: number;
  /** What every image takes from its partner; `undefined` for mixup. */
  readonly cut?: Rectangle;
}

/** @throws ConfigError for settings no batch can be mixed by */
export function checkMixing(settings: MixingSettings, batchSize: number): void {
  const { mixup, cutmix, probability = 1, switchProbability = 0.5 } = settings;
  for (const [name, alpha] of Object.entries({ mixup, cutmix })) {
    if (alpha >= 0 && alpha < Infinity) continue;
    throw new ConfigError(`${name} must be 0 (off) or the positive parameter of a beta distribution, got ${alpha}`);
  }
  for (const [name, value] of Object.entries({ probability, switchProbability })) {
    if (value >= 0 && value <= 1) continue;
    throw new ConfigError(`${name} of mixing must be in [0, 1], got ${value}`);
  }
  if (batchSize % 2 === 0 || (mixup === 0 && cutmix === 0) || probability === 0) return;
  throw new ConfigError(
    `mixup and cutmix pair the images of a batch, so the batch size must be even, got ${batchSize}; turn both off (0) for an odd one`,
  );
}

/**
 * How the batch of an update is mixed: a function of its arguments alone, so a resumed run mixes as an uninterrupted one.
 * The order of choices is that of timm 0.3.2, `timm/data/mixup.py`, `Mixup._params_per_batch`.
 *
 * @param size of the square images, pixels
 */
export function mixingOf(settings: MixingSettings, seed: number, update: number, size: number): Mixing {
  const { mixup, cutmix, probability = 1, switchProbability = 0.5 } = settings;
  const uniform = randomStream(seed, `mixing ${update}`);
  if (uniform() >= probability || (mixup === 0 && cutmix === 0)) return { lambda: 1 };
  const cuts = mixup === 0 || (cutmix > 0 && uniform() < switchProbability);
  const lambda = beta(cuts ? cutmix : mixup, uniform);
  return cuts ? cutOf(lambda, size, uniform) : { lambda };
}

/**
 * A square of about (1 - lambda) of the image around a random centre, clipped by the image, and lambda as it really is
 * then: timm's `rand_bbox` and `cutmix_bbox_and_lam`.
 */
export function cutOf(lambda: number, size: number, uniform: Uniform): Mixing {
  const side = Math.floor(size * Math.sqrt(1 - lambda));
  const half = Math.floor(side / 2);
  const span = (): readonly [start: number, length: number] => {
    const centre = Math.floor(uniform() * size);
    const start = Math.max(0, centre - half);
    return [start, Math.min(size, centre + half) - start];
  };
  const [top, height] = span();
  const [left, width] = span();
  return { lambda: 1 - (height * width) / size ** 2, cut: [top, left, height, width] };
}
