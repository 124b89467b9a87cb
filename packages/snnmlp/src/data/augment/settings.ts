import { z } from "zod";
import type { Interpolation } from "../resize-taps.js";
import type { PictureRandom } from "./picture-random.js";
import { authorsPolicy, parseRandAugment } from "./rand-augment-policy.js";

const probability = z.number().min(0).max(1);
const strength = z.number().min(0);

const range = (number: z.ZodNumber) =>
  z.tuple([number, number]).refine(([low, high]) => low <= high, "expected [low, high] with low <= high");

const autoAugment = z
  .string()
  .nullable()
  .transform((text) => (text === "none" || text === "" ? null : text))
  .superRefine((text, context) => {
    if (text === null) return;
    try {
      parseRandAugment(text);
    } catch (cause) {
      context.addIssue({ code: "custom", message: cause instanceof Error ? cause.message : String(cause) });
    }
  });

/** Checks augmentation settings and fills in the authors' (timm 0.3.2's `create_transform` as they call it). */
export const augmentSettings = z.strictObject({
  /**
   * What is cut out: a `random` part, scaled to size; the `center`, as in evaluation; `padded`, a random square of the
   * unscaled picture with 4 black pixels around it; or what the `authors` take, `padded` of pictures that `fitsUnscaled`
   * and `random` of others.
   */
  crop: z.enum(["authors", "random", "center", "padded"]).default("authors"),
  /** Share of the area that a random crop takes. */
  scale: range(z.number().positive().max(1)).default([0.08, 1]),
  /** Width / height of a random crop. */
  ratio: range(z.number().positive()).default([3 / 4, 4 / 3]),
  /** How crops are scaled and RandAugment's geometric operations resampled; `random` draws one each time. */
  interpolation: z.enum(["bicubic", "bilinear", "random"]).default("bicubic"),
  /** Chance of mirroring left to right. */
  hflip: probability.default(0.5),
  /** Chance of mirroring top to bottom. */
  vflip: probability.default(0),
  /** RandAugment in timm's notation, or null (or "none") for none. */
  autoAugment: autoAugment.default(authorsPolicy),
  /** Strength of brightness, contrast and saturation jitter, used when RandAugment is off; 0 or null for none. */
  colorJitter: z
    .union([strength, z.tuple([strength, strength, strength])])
    .nullable()
    .default(0.4),
  /** Mean of the data set per channel, of 1: the colour of what geometric operations bring in from outside. */
  mean: z
    .array(z.number().min(0).max(1))
    .refine(({ length }) => length === 1 || length === 3, "expected 1 or 3 numbers")
    .default([0.485, 0.456, 0.406]),
  /** Chance of random erasing. */
  reprob: probability.default(0.25),
  /** What erased pixels become: normal noise per pixel, per channel, or 0 after normalisation. */
  remode: z.enum(["pixel", "rand", "const"]).default("pixel"),
  /** Rectangles per erased picture. */
  recount: z.literal(1).default(1),
});

/** Which augmentations a training picture goes through. */
export type AugmentSettings = Readonly<z.output<typeof augmentSettings>>;
/** The same, where what is left out has the authors' value. */
export type AugmentSettingsInput = z.input<typeof augmentSettings>;

/** The named interpolation, or for `random` one of the two. */
export function interpolationOf({ interpolation }: AugmentSettings, random: PictureRandom): Interpolation {
  if (interpolation !== "random") return interpolation;
  return random.uniform() < 0.5 ? "bilinear" : "bicubic";
}

/** The authors' settings. */
export const authorsAugment: AugmentSettings = augmentSettings.parse({});

/** Nothing random at all: the evaluation crop. */
export const noAugment: AugmentSettings = augmentSettings.parse({
  crop: "center",
  hflip: 0,
  autoAugment: null,
  colorJitter: null,
  reprob: 0,
});
