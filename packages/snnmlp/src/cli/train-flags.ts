import { type Command, InvalidArgumentError, Option } from "commander";
import { distance } from "fastest-levenshtein";
import { surrogates } from "../config.js";
import { emptyLayer, type Layer, mergeLayers } from "../config-file/layer.js";
import { noAugment } from "../data/augment/settings.js";
import { augmentations, recipeNames } from "../train/recipe.js";
import { nested } from "../tree.js";
import { augmentFlags as pictureFlags, startOption, switchOff } from "./augment-flags.js";
import { numberFrom, positiveNumber, wholeNumber, wholeNumbers } from "./options.js";

/** A flag that sets something of the model or the recipe. */
interface Flag {
  readonly option: Option;
  /** What its value says. */
  readonly layer: (value: unknown) => Layer;
  /** The dotted field that it sets, where it is one. */
  readonly field?: string;
}

type Parse = (text: string) => unknown;

const anyNumber = numberFrom(Number.NEGATIVE_INFINITY);

const setting = (field: string, value: unknown): Layer => {
  const [place = "", ...names] = field.split(".");
  return { ...emptyLayer, [place]: nested(names, value) };
};

/** `--flag VALUE` that sets one dotted field. */
const flag = (field: string, flags: string, text: string, parse: Parse): Flag => ({
  option: new Option(flags, text).argParser(parse),
  layer: (value) => setting(field, value),
  field,
});

const choice = (field: string, flags: string, text: string, choices: readonly string[]): Flag => ({
  option: new Option(flags, text).choices([...choices]),
  layer: (value) => setting(field, value),
  field,
});

/** `--fixed-tau [X]`: keeps its first value, or X. */
function fixed(name: "Tau" | "Vth", flags: string): Flag {
  const option = new Option(flags, `keep ${name === "Tau" ? "tau" : "Vth"} at its first value, or at x`);
  return {
    option: option.optional ? option.argParser(anyNumber) : option,
    layer: (value) => ({
      ...setting(`recipe.fixed${name}`, true),
      model: value === true ? {} : { [name.toLowerCase()]: value },
    }),
  };
}

/** A flag that contradicts others, by their names in commander: one of them is meant. */
const against = ({ option, layer }: Flag, ...others: string[]): Flag => ({ option: option.conflicts(others), layer });

/** The authors' spelling of another flag; not shown in the help. */
const hidden = ({ option, ...rest }: Flag): Flag => ({ option: option.hideHelp(), ...rest });

const group: Parse = (text) => (text === "-1" ? -1 : wholeNumber(1)(text));
const accumulation: Parse = (text) => Math.max(1, wholeNumber(0)(text));
const startEpoch: Parse = (text) => wholeNumber(-1)(text);
const outputs = ["membrane", "spike"];
const output: Parse = (text) => {
  const meant = outputs.find((name) => distance(name, text.toLowerCase()) <= 2);
  if (meant === undefined || meant === text) return text;
  throw new InvalidArgumentError(`Did you mean ${meant}? The folder of a run is --out.`);
};
const notNegative = numberFrom(0);

const recipeFlags: readonly Flag[] = [
  against(flag("recipe.epochs", "--epochs <n>", "passes over the training images", wholeNumber(1)), "steps"),
  flag("recipe.steps", "--steps <n>", "updates in all, instead of --epochs", wholeNumber(1)),
  flag("recipe.batchSize", "--batch-size <n>", "images that go through the network together", wholeNumber(1)),
  hidden(against(flag("recipe.batchSize", "--batch <n>", "", wholeNumber(1)), "batchSize")),
  flag("recipe.accumulationSteps", "--accumulation-steps <n>", "batches an update", accumulation),
  choice("recipe.scheduler", "--scheduler <name>", "how the rates go", ["cosine", "step", "one-cycle"]),
  flag("recipe.learningRate", "--lr <rate>", "highest learning rate", positiveNumber),
  hidden(against(flag("recipe.learningRate", "--base_lr <rate>", "", positiveNumber), "lr")),
  flag("recipe.lifLearningRate", "--lif-lr <rate>", "the same for tau and Vth; never scaled", positiveNumber),
  hidden(against(flag("recipe.lifLearningRate", "--lif_lr <rate>", "", positiveNumber), "lifLr")),
  flag("recipe.minLearningRate", "--min-lr <rate>", "rate that the cosine ends at", notNegative),
  flag("recipe.warmupLearningRate", "--warmup-lr <rate>", "rate of the first update", notNegative),
  flag("recipe.warmupEpochs", "--warmup-epochs <n>", "epochs until --lr is reached", notNegative),
  flag("recipe.decayEpochs", "--decay-epochs <n>", "of the step schedule: epochs between drops", positiveNumber),
  flag("recipe.decayRate", "--decay-rate <x>", "what a drop multiplies the rate by", positiveNumber),
  flag("recipe.weightDecay", "--weight-decay <x>", "of the main parameters", notNegative),
  flag("recipe.lifWeightDecay", "--lif-weight-decay <x>", "of tau and Vth", notNegative),
  hidden(against(flag("recipe.lifWeightDecay", "--lif_wd <x>", "", notNegative), "lifWeightDecay")),
  flag("recipe.clip", "--clip <norm>", "largest gradient norm over all parameters; 0 for none", notNegative),
  flag("recipe.emaDecay", "--ema <decay>", "keep a moving average of the parameters, as 0.9999", notNegative),
  flag("recipe.lifStartEpoch", "--lif-start-epoch <n>", "last epoch without learning tau, Vth; -1: none", startEpoch),
  hidden(against(flag("recipe.lifStartEpoch", "--lif_startepoch <n>", "", startEpoch), "lifStartEpoch")),
  fixed("Tau", "--fixed-tau [x]"),
  hidden(fixed("Tau", "--lif_fix_tau")),
  fixed("Vth", "--fixed-vth [x]"),
  hidden(fixed("Vth", "--lif_fix_vth")),
  choice("recipe.precision", "--precision <type>", "what matrix products round their operands to", ["f32", "f16"]),
  flag("recipe.seed", "--seed <n>", "of first values, shuffling, augmentation, drop path", wholeNumber(0)),
];

/** A flag and its `--no-NAME`, which sets the field to `off`. */
function switchable({ option }: Flag, field: string, no: readonly Option[], off: unknown = 0): Flag[] {
  const layer = (value: unknown): Layer => setting(field, value === false ? off : value);
  return [{ option, layer, field }, ...no.map((each) => ({ option: each, layer: () => emptyLayer }))];
}

/** Takes a share, a probability or a strength; `--no-NAME` is 0. */
function share(field: string, flags: string, text: string): Flag[] {
  const [name = ""] = flags.slice(2).split(" ");
  const no = new Option(`--no-${name}`).hideHelp();
  return switchable(flag(field, flags, `${text}; --no-${name}: none`, notNegative), field, [no]);
}

const augmentFlags: readonly Flag[] = [
  {
    option: startOption("all of these by the authors, or none of them, to start from"),
    // Over a recipe without augmentation, null would leave what flags add to start from the authors'.
    layer: (value) => ({
      ...emptyLayer,
      recipe: value === "none" ? { ...augmentations.none, augment: noAugment } : augmentations.authors,
    }),
  },
  ...pictureFlags().flatMap((picture) => {
    const field = `recipe.augment.${picture.field}`;
    const plain = { option: picture.option, layer: (value: unknown) => setting(field, value) };
    return switchable(plain, field, switchOff(picture), picture.off);
  }),
  ...share("recipe.mixing.mixup", "--mixup <alpha>", "of Beta(alpha, alpha), the share of a mixed image"),
  ...share("recipe.mixing.cutmix", "--cutmix <alpha>", "the same for CutMix"),
  flag("recipe.mixing.probability", "--mixup-prob <p>", "chance that a batch is mixed at all", notNegative),
  flag("recipe.mixing.switchProbability", "--mixup-switch-prob <p>", "chance of CutMix where both are on", notNegative),
  ...share("recipe.labelSmoothing", "--smoothing <share>", "of a target, over all classes"),
];

const modelFlags: readonly Flag[] = [
  flag("model.imageSize", "--image-size <pixels>", "side of the input images", wholeNumber(1)),
  flag("model.patchSize", "--patch-size <pixels>", "side of a patch", wholeNumber(1)),
  flag("model.inChannels", "--in-channels <n>", "1 for grey images, 3 for colour", wholeNumber(1)),
  flag("model.numClasses", "--num-classes <n>", "classes", wholeNumber(1)),
  flag("model.embedDim", "--embed-dim <n>", "channels of the first stage", wholeNumber(1)),
  flag("model.depths", "--depths <n,n,...>", "blocks of each stage", wholeNumbers),
  flag("model.mlpRatio", "--mlp-ratio <x>", "hidden channels of the MLPs per channel", positiveNumber),
  flag("model.dropPath", "--drop-path <rate>", "chance to skip the last block; grows linearly from 0", notNegative),
  flag("model.lifGroup", "--lif <n>", "positions of a LIF group; -1 for no LIF", group),
  flag("model.tau", "--init-tau <x>", "first value of tau", anyNumber),
  hidden(against(flag("model.tau", "--lif_init_tau <x>", "", anyNumber), "initTau")),
  flag("model.vth", "--init-vth <x>", "first value of Vth", anyNumber),
  hidden(against(flag("model.vth", "--lif_init_vth <x>", "", anyNumber), "initVth")),
  choice("model.surrogate", "--surrogate <name>", "gradient of the spike; none: the authors'", surrogates),
  flag("model.alpha", "--alpha <x>", "sharpness of the surrogate", positiveNumber),
  {
    option: new Option("--output <kind>", "what a LIF passes on: membrane or spike").argParser(output),
    layer: (value) => (isFolder(value) ? { ...emptyLayer, run: { out: value } } : setting("model.output", value)),
  },
];

/** Whether the value of `--output` is what it is in the authors' launch scripts: the folder of the run. */
export const isFolder = (value: unknown): value is string => typeof value === "string" && !outputs.includes(value);

const ignored = (flags: string): Flag => ({
  option: new Option(flags).hideHelp(),
  layer: () => ({ ...emptyLayer, ignored: [flags.split(" ")[0] ?? flags] }),
});

/** The rest of what the authors' launch scripts say. */
const scriptFlags: readonly Flag[] = [
  {
    option: new Option("--data-path <folder>").hideHelp().conflicts("data"),
    layer: (value) => ({ ...emptyLayer, run: { data: String(value) } }),
  },
  {
    option: new Option("--use-checkpoint").hideHelp(),
    layer: () => ({ ...emptyLayer, run: { checkpointActivations: true } }),
  },
  ...["--zip", "--cache-mode <mode>", "--amp-opt-level <level>", "--tag <name>", "--local_rank <n>"].map(ignored),
];

const flags = [...recipeFlags, ...augmentFlags, ...modelFlags, ...scriptFlags];

/** Adds the flags that set the recipe and the model. */
export function withTrainFlags(command: Command): Command {
  command
    .option("--cfg <file.yaml>", "read settings from the authors' YAML files, or a run's config.yaml; flags win")
    .option("--opts <key value...>", "change keys of that file: TRAIN.EPOCHS 100 MODEL.DROP_PATH_RATE 0.1")
    .addOption(
      new Option(
        "--recipe <name>",
        "defaults of the rest: the authors' for ImageNet, or 300 updates of one cycle",
      ).choices([...recipeNames]),
    )
    .optionsGroup("Recipe:");
  for (const { option } of recipeFlags) command.addOption(option.helpGroup("Recipe:"));
  for (const { option } of augmentFlags) command.addOption(option.helpGroup("Augmentation:"));
  for (const { option } of modelFlags) command.addOption(option.helpGroup("Model:"));
  for (const { option } of scriptFlags) command.addOption(option);
  return command.optionsGroup("Options:");
}

/** What the flags of a command line say, given commander's options. */
export function flagLayer(options: Readonly<Record<string, unknown>>): Layer {
  return mergeLayers(
    flags
      .map(({ option, layer }) => ({ value: options[option.attributeName()], layer }))
      .filter(({ value }) => value !== undefined)
      .map(({ value, layer }) => layer(value)),
  );
}

/** The flag of a command line that sets a field, or one within it. @param field dotted: `recipe.epochs` */
export function flagFor(options: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const sets = (each: Flag): boolean =>
    each.field !== undefined &&
    `${field}.`.startsWith(`${each.field}.`) &&
    options[each.option.attributeName()] !== undefined;
  return flags.find(sets)?.option.long ?? undefined;
}
