import { type Command, Option } from "commander";
import { type AugmentSettings, augmentSettings, authorsAugment, noAugment } from "../data/augment/settings.js";
import { numberFrom, numberList } from "./options.js";
import { UsageError } from "./output.js";

/** A flag that sets one field of the augmentation, and what the field is with `--no-FLAG`, where there is that. */
export interface AugmentFlag {
  readonly field: keyof AugmentSettings;
  readonly option: Option;
  readonly off?: 0 | null;
}

/** Start from a whole set of augmentations. */
export const startOption = (text: string): Option => new Option("--augment <which>", text).choices(["authors", "none"]);

const flag = (field: AugmentFlag["field"], flags: string, text: string): AugmentFlag => ({
  field,
  option: new Option(flags, text),
});

const choice = (field: AugmentFlag["field"], flags: string, text: string, choices: readonly string[]): AugmentFlag => ({
  field,
  option: new Option(flags, text).choices([...choices]),
});

const numbers = ({ field, option }: AugmentFlag): AugmentFlag => ({ field, option: option.argParser(numberList) });

/** Has a `--no-FLAG`, too. */
function switchable(field: AugmentFlag["field"], flags: string, text: string, off: 0 | null = 0): AugmentFlag {
  const [name = ""] = flags.slice(2).split(" ");
  const option = new Option(flags, `${text}; --no-${name}: none`);
  return { field, option: field === "autoAugment" ? option : option.argParser(numberFrom(0)), off };
}

/** The flags of `augment` and `train` for what happens to single pictures. */
export const augmentFlags = (): readonly AugmentFlag[] => [
  choice("crop", "--crop <kind>", "part of an image; authors: padded of tiny ones, else random", [
    "authors",
    "random",
    "center",
    "padded",
  ]),
  numbers(flag("scale", "--scale <low,high>", "share of the area that a random crop takes")),
  numbers(flag("ratio", "--ratio <low,high>", "its width / height")),
  choice("interpolation", "--interpolation <kind>", "of crops and operations", ["bicubic", "bilinear", "random"]),
  switchable("hflip", "--hflip <p>", "chance of mirroring left to right"),
  switchable("vflip", "--vflip <p>", "chance of mirroring top to bottom"),
  switchable("autoAugment", "--aa <policy>", "RandAugment, as rand-m9-mstd0.5-inc1", null),
  switchable("colorJitter", "--color-jitter <x>", "strength; without --aa only", null),
  numbers(flag("mean", "--mean <list>", "of the data set's channels, from 0 to 1: the fill of operations")),
  switchable("reprob", "--reprob <p>", "chance of random erasing"),
  choice("remode", "--remode <mode>", "what is put there", ["pixel", "rand", "const"]),
];

/** The `--no-FLAG` of a flag that has one. */
export const switchOff = ({ option, off }: AugmentFlag): Option[] =>
  off === undefined ? [] : [new Option(`--no-${option.name()}`).hideHelp()];

/** Adds the flags to `augment`, which starts from the authors' settings. */
export function withAugmentFlags(command: Command): Command {
  const flags = augmentFlags().flatMap((each) => [each.option, ...switchOff(each)]);
  for (const option of [startOption("start from the authors' settings, or none").default("authors"), ...flags]) {
    command.addOption(option.helpGroup("Augmentation:"));
  }
  return command;
}

/** The settings that the flags ask for, given commander's options. @throws UsageError that names the flag */
export function settingsOf(options: Readonly<Record<string, unknown>>): AugmentSettings {
  const flags = augmentFlags();
  const given = flags.flatMap(({ field, option, off }) => {
    const value = options[option.attributeName()];
    return value === undefined ? [] : [[field, value === false ? off : value]];
  });
  const start = options.augment === "none" ? noAugment : authorsAugment;
  const { data, error } = augmentSettings.safeParse({ ...start, ...Object.fromEntries(given) });
  if (data) return data;
  const [issue] = error.issues;
  const wrong = flags.find(({ field }) => field === issue?.path[0]);
  throw new UsageError(`--${wrong?.option.name() ?? "augment"}: ${issue?.message ?? "cannot be used"}`);
}
