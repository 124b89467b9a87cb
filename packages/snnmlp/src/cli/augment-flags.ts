import { type Command, Option } from "commander";
import { type AugmentSettings, augmentSettings, authorsAugment, noAugment } from "../data/augment/settings.js";
import { numberFrom, numberList } from "./options.js";
import { UsageError } from "./output.js";

/** The switches of `augment`, named as those of `train`; `--no-NAME` is false. */
export interface AugmentFlags {
  readonly augment: "authors" | "none";
  readonly crop?: string;
  readonly scale?: readonly number[];
  readonly ratio?: readonly number[];
  readonly interpolation?: string;
  readonly hflip?: number | false;
  readonly vflip?: number | false;
  readonly aa?: string | false;
  readonly colorJitter?: number | false;
  readonly mean?: readonly number[];
  readonly reprob?: number | false;
  readonly remode?: string;
}

const fromZero = numberFrom(0);

/** Adds the switches to a command. */
export function withAugmentFlags(command: Command): Command {
  const start = new Option("--augment <which>", "start from the authors' settings, or none").default("authors");
  const options = [
    start.choices(["authors", "none"]),
    new Option("--crop <kind>", "part of the image").choices(["random", "center", "padded"]),
    new Option("--scale <low,high>", "share of the area that a random crop takes").argParser(numberList),
    new Option("--ratio <low,high>", "its width / height").argParser(numberList),
    new Option("--interpolation <kind>", "of crops and operations").choices(["bicubic", "bilinear", "random"]),
    new Option("--hflip <p>", "chance of mirroring left to right; --no-hflip: none").argParser(fromZero),
    new Option("--vflip <p>", "chance of mirroring top to bottom; --no-vflip: none").argParser(fromZero),
    new Option("--aa <policy>", "RandAugment, as rand-m9-mstd0.5-inc1; --no-aa: none"),
    new Option("--color-jitter <x>", "strength; without --aa only; --no-color-jitter: none").argParser(fromZero),
    new Option("--mean <list>", "of the data set's channels, from 0 to 1: the fill of operations").argParser(
      numberList,
    ),
    new Option("--reprob <p>", "chance of random erasing; --no-reprob: none").argParser(fromZero),
    new Option("--remode <mode>", "what is put there").choices(["pixel", "rand", "const"]),
    ...["hflip", "vflip", "aa", "color-jitter", "reprob"].map((name) => new Option(`--no-${name}`).hideHelp()),
  ];
  for (const option of options) command.addOption(option.helpGroup("Augmentation:"));
  return command;
}

/** The settings that `--no-NAME` sets to null rather than 0. */
const nullWhenOff = new Set(["autoAugment", "colorJitter"]);

const flagOf: Readonly<Record<string, string>> = { autoAugment: "--aa", colorJitter: "--color-jitter" };

/** The settings that the switches ask for. @throws UsageError that names the switch */
export function settingsOf(flags: AugmentFlags): AugmentSettings {
  const { aa, colorJitter, hflip, vflip, reprob, crop, scale, ratio, interpolation, mean, remode } = flags;
  const given = { crop, scale, ratio, interpolation, mean, remode };
  const switched = { autoAugment: aa, colorJitter, hflip, vflip, reprob };
  const chosen = Object.entries({ ...given, ...switched }).filter(([, value]) => value !== undefined);
  const input = {
    ...(flags.augment === "none" ? noAugment : authorsAugment),
    ...Object.fromEntries(
      chosen.map(([name, value]) => [name, value === false ? (nullWhenOff.has(name) ? null : 0) : value]),
    ),
  };
  const { data, error } = augmentSettings.safeParse(input);
  if (data) return data;
  const [issue] = error.issues;
  const [field] = issue?.path ?? [];
  throw new UsageError(`${flagOf[String(field)] ?? `--${String(field)}`}: ${issue?.message ?? "cannot be used"}`);
}
