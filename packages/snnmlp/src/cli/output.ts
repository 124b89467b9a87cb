import { FileError } from "../file-error.js";

/** A command line that cannot be carried out as written; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Writes one JSON document to stdout. JSON has no infinity and no NaN: they become strings. */
export function printJson(value: unknown): void {
  const spelled = (_: string, part: unknown): unknown =>
    typeof part === "number" && !Number.isFinite(part) ? String(part) : part;
  process.stdout.write(`${JSON.stringify(value, spelled, 2)}\n`);
}

/** Writes a line to stdout. */
export function printLine(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a line to stderr: what a human should see that is no result. */
export function printNote(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Lines become clauses; a line in parentheses belongs to the one before. */
export const oneLine = (text: string): string =>
  text
    .trim()
    .replace(/\s*\n\s*\(/g, " (")
    .replace(/\s*\n\s*/g, "; ");

/** One line on stderr, the stack below it with `debug`, and with `json` the same as a document on stdout. */
export function printError(error: unknown, options: { readonly json: boolean; readonly debug: boolean }): void {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  if (options.json) {
    const parts = error instanceof FileError ? { path: error.path, reason: error.reason, fix: error.fix } : {};
    printJson({ error: { name, message: oneLine(message), ...parts } });
  }
  printNote(`error: ${oneLine(message)}`);
  if (options.debug && stack) printNote(stack);
}

/** Lines of a table: the first column to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

const grouped = new Intl.NumberFormat("en-US");

/** 28335736 as 28,335,736. */
export const integer = (value: number): string => grouped.format(value);
