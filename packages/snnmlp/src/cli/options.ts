import type { Precision } from "@snnmlp/tensor";
import { type Command, InvalidArgumentError, Option } from "commander";

/** What every command takes. */
export interface CommonOptions {
  readonly json: boolean;
  readonly debug: boolean;
}

export function withCommon(command: Command): Command {
  return command
    .option("--json", "print one JSON document instead of text", false)
    .option("--debug", "print the stack of an error", false);
}

/** What every command takes that opens a device. */
export interface DeviceOptions extends CommonOptions {
  readonly allowSoftware: boolean;
  readonly adapter?: string;
  /** Only of commands that take `withPrecision`; default f32. */
  readonly precision?: Precision;
}

export function withDevice(command: Command): Command {
  return withCommon(command)
    .option("--allow-software", "run on a software adapter (the CPU) where there is no hardware one", false)
    .option("--adapter <name>", "a part of the adapter's name, or lavapipe, or swiftshader");
}

/** For commands that compute with a model. */
export function withPrecision(command: Command): Command {
  return command.addOption(
    new Option("--precision <type>", "what matrix products round their operands to; sums and parameters stay f32")
      .choices(["f32", "f16"])
      .default("f32"),
  );
}

/** Parses a whole number from `minimum`. */
export const wholeNumber =
  (minimum: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && Number.isSafeInteger(value) && value >= minimum) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${minimum}.`);
  };

/** Parses a number above zero. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("Expected a number above 0.");
}

/** Parses a number from `minimum`. */
export const numberFrom =
  (minimum: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isFinite(value) && value >= minimum) return value;
    throw new InvalidArgumentError(
      Number.isFinite(minimum) ? `Expected a number from ${minimum}.` : "Expected a number.",
    );
  };

/** Parses whole numbers from 1 between commas: `2,2,6,2`. */
export const wholeNumbers = (text: string): number[] => text.split(",").map((part) => wholeNumber(1)(part.trim()));

/** Parses the length of a LIF's group: a whole number from 1, or -1 for no neurons. */
export function lifGroup(text: string): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && (value === -1 || (Number.isSafeInteger(value) && value >= 1))) return value;
  throw new InvalidArgumentError("Expected a whole number from 1, or -1 for no neurons.");
}

/** Parses numbers with commas between them. */
export function numberList(text: string): number[] {
  const values = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (values.every(Number.isFinite)) return values;
  throw new InvalidArgumentError("Expected numbers with commas between them.");
}
