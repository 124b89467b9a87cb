import type { Command } from "commander";
import { ConfusionMatrix } from "../report/confusion.js";
import { expectFolderOf, writeWhole } from "../write-whole.js";
import { integer, printLine, table, UsageError } from "./output.js";

export interface ClassReportOptions {
  readonly perClass: boolean;
  /** A CSV file, or true to print. */
  readonly confusion?: string | true;
}

export function withClassReport(command: Command): Command {
  return command
    .option("--per-class", "print every class's images, top-1 and what it is most confused with", false)
    .option("--confusion [file]", `write the confusion matrix as CSV; printed, too, up to ${widest} classes`);
}

/** Most classes whose matrix is printed. */
const widest = 20;

/** What `eval` tells of single classes, by options. */
export class ClassReport {
  readonly #matrix: ConfusionMatrix;

  private constructor(
    private readonly options: ClassReportOptions,
    private readonly nameOf: (index: number) => string,
    numClasses: number,
  ) {
    this.#matrix = new ConfusionMatrix(numClasses);
  }

  /** @param names of the classes, where they are known. @throws UsageError, FileError for what could not be shown or written */
  static async create(
    options: ClassReportOptions,
    numClasses: number,
    names?: readonly string[],
  ): Promise<ClassReport | undefined> {
    const { perClass, confusion } = options;
    if (!perClass && confusion === undefined) return undefined;
    if (confusion === true && numClasses > widest) {
      throw new UsageError(
        `a matrix of ${numClasses} classes is too wide to print; write it with --confusion FILE.csv`,
      );
    }
    // Before the evaluation, which may take an hour.
    if (typeof confusion === "string") await expectFolderOf(confusion);
    return new ClassReport(options, (index) => names?.[index] ?? String(index), numClasses);
  }

  /** Counts an image. */
  add(label: number, predicted: number | null): void {
    this.#matrix.add(label, predicted);
  }

  /** Writes the CSV file, if one is asked for. @throws FileError */
  async write(): Promise<void> {
    const { confusion: path } = this.options;
    if (typeof path === "string") await writeWhole(path, this.#matrix.csv(this.nameOf));
  }

  /** What was asked for as parts of a JSON document; the matrix is `[true class][predicted class]`. */
  json(): Readonly<Record<string, unknown>> {
    const { perClass, confusion } = this.options;
    const scores = this.#matrix.perClass().map((score) => ({ ...score, name: this.nameOf(score.class) }));
    return {
      ...(perClass && { perClass: scores }),
      ...(confusion !== undefined && { confusion: this.#matrix.rows() }),
    };
  }

  /** Prints what was asked for. */
  print(): void {
    const { perClass, confusion } = this.options;
    if (perClass) for (const line of table([scoreHeader, ...this.#scores()])) printLine(line);
    if (confusion !== undefined && this.#matrix.numClasses <= widest) {
      printLine("confusion matrix: a row for each true, a column for each predicted class");
      for (const line of table(this.#cells())) printLine(line);
      if (this.#matrix.without > 0) printLine(`in no cell: ${integer(this.#matrix.without)} images without a class`);
    }
    if (typeof confusion === "string") printLine(`wrote ${confusion}`);
  }

  #scores(): string[][] {
    return this.#matrix
      .perClass()
      .map(({ class: index, images, top1, confusedWith }) => [
        this.nameOf(index),
        integer(images),
        top1 === null ? "-" : `${(100 * top1).toFixed(2)} %`,
        confusedWith ? `${this.nameOf(confusedWith.class)} (${integer(confusedWith.images)})` : "-",
      ]);
  }

  #cells(): string[][] {
    const rows = this.#matrix.rows();
    const names = rows.map((_, index) => this.nameOf(index));
    return [["", ...names], ...rows.map((row, label) => [names[label] ?? "", ...row.map(integer)])];
  }
}

const scoreHeader = ["class", "images", "top-1", "most confused with"];
