import { parseArgs } from "node:util";
import { type Device, type DeviceOptions, openDevice } from "@snnmlp/tensor";

/** What every bench takes. */
export const common = {
  json: { type: "boolean", default: false },
  adapter: { type: "string" },
  toggles: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

/** Their lines in a bench's help. */
export const commonHelp = `
  --json           print one JSON document
  --adapter NAME   a part of the adapter's name, or lavapipe, or swiftshader
  --toggles A,-B   Dawn toggles to turn on, or off with a leading -`;

/** A switch, or a word with or without a default. */
type Option = { readonly type: "boolean"; readonly default: false } | { readonly type: "string"; default?: string };

/** What the command line says about each option. */
type Values<O> = {
  readonly [K in keyof O]: O[K] extends { type: "boolean" }
    ? boolean
    : O[K] extends { default: string }
      ? string
      : string | undefined;
};

/** The command line's options. Prints `help` and ends on --help; a wrong option ends with exit code 2. */
export function parse<const O extends Readonly<Record<string, Option>>>(
  options: O,
  help: string,
): Values<typeof common & O> {
  try {
    const all: Readonly<Record<string, Option>> = { ...common, ...options };
    const values: unknown = parseArgs({ options: all }).values;
    if (process.argv.includes("--help")) {
      console.log(help.trim());
      process.exit(0);
    }
    return values as Values<typeof common & O>;
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
}

/** Ends the bench because the command line is wrong. */
export function wrong(message: string): never {
  console.error(`error: ${message}; see --help`);
  process.exit(2);
}

/** A whole number from `minimum`. */
export function count(name: string, text: string, minimum = 1): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= minimum) return value;
  return wrong(`--${name} is a whole number from ${minimum}, got "${text}"`);
}

/** Comma-separated words. */
export const list = (text = ""): string[] => text.split(",").filter((word) => word !== "");

/** Opens the adapter a bench is asked for, and says on stderr which it is. A bench may run on the CPU. */
export async function open(
  values: { readonly adapter?: string | undefined; readonly toggles?: string | undefined },
  options: DeviceOptions = {},
): Promise<Device> {
  const { adapter } = values;
  const device = await openDevice({
    software: "allow",
    toggles: list(values.toggles),
    ...(adapter !== undefined && { adapter }),
    ...options,
  });
  const { name, software } = device.capabilities;
  console.error(`adapter: ${name}${software ? " - SOFTWARE, computes on the CPU" : ""}`);
  return device;
}
