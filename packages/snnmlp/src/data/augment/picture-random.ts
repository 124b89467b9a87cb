import { mixBits, randomBits } from "../../random.js";

/** Which picture of a run: everything its random numbers depend on. */
export interface PictureKey {
  readonly seed: number;
  readonly epoch: number;
  /** Position of the picture in its data set. */
  readonly index: number;
}

/** Random numbers of one piece of the augmentation of one picture. */
export interface PictureRandom {
  /** Uniform in [low, high), [0, 1) by default. */
  uniform(low?: number, high?: number): number;
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  /** Normal by Box-Muller. */
  normal(mean: number, std: number): number;
}

const weyl = 0x9e3779b9;

/**
 * Random numbers that depend on (seed, epoch, index) and the piece's name alone: any worker in any order gets the same, and
 * switching one piece off leaves the others' choices as they were.
 */
export function pictureRandom({ seed, epoch, index }: PictureKey, piece: string): PictureRandom {
  let key = mixBits(seed);
  for (const part of [epoch, index]) key = mixBits(key ^ Math.imul(part + 1, weyl));
  for (let i = 0; i < piece.length; i++) key = mixBits(key ^ Math.imul(piece.charCodeAt(i) + 1, weyl));
  let counter = 0;
  const uniform = (low = 0, high = 1): number => low + (high - low) * (randomBits(key, counter++) / 2 ** 32);
  return {
    uniform,
    integer: (low, high) => Math.floor(uniform(low, high + 1)),
    normal: (mean, std) => {
      // 1 - u lies in (0, 1], where the logarithm is finite.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      return mean + std * radius * Math.cos(2 * Math.PI * uniform());
    },
  };
}
