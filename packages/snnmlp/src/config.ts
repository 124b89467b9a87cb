import { z } from "zod";

/** How the hard threshold of a LIF is differentiated: the authors' gradient (`none`), or a named surrogate. */
export const surrogates = ["none", "arctan", "sigmoid", "triangle", "rectangle", "superspike"] as const;
/** A name in `surrogates`. */
export type Surrogate = (typeof surrogates)[number];

/** The usual sharpness of each surrogate, taken when a config names no `alpha`. */
const usualAlpha: Record<Surrogate, number> = {
  none: 1,
  arctan: 2,
  sigmoid: 4,
  triangle: 1,
  rectangle: 1,
  superspike: 10,
};

const size = z.int().positive();

const schema = z.strictObject({
  /** Height and width of the input image, in pixels. */
  imageSize: size,
  /** Side of one patch, in pixels; also the stride of the patch embedding. */
  patchSize: size.default(4),
  inChannels: size.default(3),
  numClasses: size.default(1000),
  /** Channels of the first stage; stage i has `embedDim * 2^i`. */
  embedDim: size,
  /** Blocks of each stage. */
  depths: z.array(size).min(1),
  /** Positions a LIF integrates over before it starts from rest again; -1 makes every LIF the identity. */
  lifGroup: z
    .int()
    .refine((group) => group === -1 || group >= 1, "expected -1 (identity) or a whole number from 1")
    .default(4),
  /** Hidden channels of a block's MLP per channel. */
  mlpRatio: z.number().positive().default(4),
  /** Chance that the last block is skipped in a training step; the chance grows linearly from 0 at the first block. */
  dropPath: z.number().min(0).lt(1).default(0),
  /** First value of every LIF's leak. */
  tau: z.number().default(0.25),
  /** First value of every LIF's threshold. */
  vth: z.number().default(0.1),
  surrogate: z.enum(surrogates).default("none"),
  /** Sharpness of the surrogate. */
  alpha: z.number().positive().optional(),
  /** What a LIF passes on: its membrane potential, at least the threshold (the paper), or a 0/1 spike. */
  output: z.enum(["membrane", "spike"]).default("membrane"),
});

/** Everything that determines an SNN-MLP's shape and its LIF neurons. */
export type SnnmlpConfig = Readonly<z.output<typeof schema> & { alpha: number }>;
/** The fields a config must name; the others have the paper's values. */
export type SnnmlpConfigInput = z.input<typeof schema>;

/** The fields of a config. */
export const configFields: readonly string[] = Object.keys(schema.shape);

/** A config that cannot be built, with the field and the fix in the message. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Names of the authors' PyTorch code for the same fields. */
const pytorchNames: Readonly<Record<string, keyof SnnmlpConfig>> = {
  img_size: "imageSize",
  patch_size: "patchSize",
  in_chans: "inChannels",
  num_classes: "numClasses",
  embed_dim: "embedDim",
  depths: "depths",
  lif: "lifGroup",
  mlp_ratio: "mlpRatio",
  drop_path_rate: "dropPath",
  lif_init_tau: "tau",
  lif_init_vth: "vth",
};

/**
 * Checks a config and fills in the paper's values.
 *
 * @param input our field names, or those of the authors' PyTorch code (`img_size`, `embed_dim`, ...)
 * @param where what the config belongs to, for the error: a path, or `config`
 * @throws ConfigError naming every wrong field, what was expected and what was found
 */
export function parseConfig(input: unknown, where = "config"): SnnmlpConfig {
  const parsed = schema.safeParse(renamed(input));
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join(".") || "it"}: ${issue.message}`);
    throw new ConfigError(`${where} is not an SNN-MLP config: ${issues.join("; ")}`);
  }
  const { alpha, ...rest } = parsed.data;
  const config = { ...rest, alpha: alpha ?? usualAlpha[rest.surrogate] };
  checkSizes(config, where);
  return config;
}

function renamed(input: unknown): unknown {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return input;
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [pytorchNames[name] ?? name, value]));
}

function checkSizes({ imageSize, patchSize, depths, embedDim, mlpRatio }: SnnmlpConfig, where: string): void {
  const multiple = patchSize * 2 ** (depths.length - 1);
  if (imageSize % multiple !== 0) {
    const nearest = Math.max(1, Math.round(imageSize / multiple)) * multiple;
    const merges = depths.length === 1 ? "" : ` x 2^${depths.length - 1} for the patch mergings`;
    throw new ConfigError(
      `${where}: imageSize ${imageSize} does not divide by ${multiple} (patchSize ${patchSize}${merges}); use ${nearest}`,
    );
  }
  if (!Number.isInteger(embedDim * mlpRatio)) {
    throw new ConfigError(`${where}: embedDim ${embedDim} x mlpRatio ${mlpRatio} is not a whole number of channels`);
  }
}

/** One stage of the network: `depth` blocks over activations `[B, size, size, dim]`. */
export interface Stage {
  readonly dim: number;
  readonly size: number;
  readonly depth: number;
}

/** The stages of `config` in order; between two of them stands a patch merging that halves `size` and doubles `dim`. */
export function stagesOf(config: SnnmlpConfig): Stage[] {
  return config.depths.map((depth, stage) => ({
    dim: config.embedDim * 2 ** stage,
    size: config.imageSize / config.patchSize / 2 ** stage,
    depth,
  }));
}
