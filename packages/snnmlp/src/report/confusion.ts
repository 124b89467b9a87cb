/** How a class fared. */
export interface ClassScore {
  readonly class: number;
  /** Images of this class. */
  readonly images: number;
  /** Share of them given this class, in [0, 1]; null where there is none. */
  readonly top1: number | null;
  /** The wrong class they were most often given, the first of several, and how often; null where there is none. */
  readonly confusedWith: { readonly class: number; readonly images: number } | null;
}

/** Counts images by the class they have and the class they are given. */
export class ConfusionMatrix {
  readonly #counts: Uint32Array;
  /** Images by their class that were given none [numClasses]. */
  readonly #without: Uint32Array;

  /** @throws RangeError for fewer than one class */
  constructor(readonly numClasses: number) {
    if (!Number.isInteger(numClasses) || numClasses < 1) {
      throw new RangeError(`a confusion matrix needs a positive number of classes, got ${numClasses}`);
    }
    this.#counts = new Uint32Array(numClasses * numClasses);
    this.#without = new Uint32Array(numClasses);
  }

  /**
   * Counts an image.
   *
   * @param predicted null where it was given no class, as one with scores that are not finite numbers: it is in no cell
   * @throws RangeError when a class is not below `numClasses`
   */
  add(label: number, predicted: number | null): void {
    const known = (index: number): boolean => Number.isInteger(index) && index >= 0 && index < this.numClasses;
    if (!known(label) || !(predicted === null || known(predicted))) {
      throw new RangeError(`classes ${label} and ${predicted} must be whole numbers from 0 to ${this.numClasses - 1}`);
    }
    if (predicted === null) {
      this.#without[label] = (this.#without[label] ?? 0) + 1;
      return;
    }
    const place = label * this.numClasses + predicted;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
  }

  /** Images of class `label` that were given class `predicted`. */
  count(label: number, predicted: number): number {
    return this.row(label)[predicted] ?? 0;
  }

  /** Images that were given no class. */
  get without(): number {
    return this.#without.reduce((sum, count) => sum + count, 0);
  }

  /** Images of class `label` by the class they were given [numClasses]. */
  row(label: number): Uint32Array {
    return this.#counts.subarray(label * this.numClasses, (label + 1) * this.numClasses);
  }

  /** All rows as plain numbers: `[label][predicted]`. */
  rows(): number[][] {
    return Array.from({ length: this.numClasses }, (_, label) => [...this.row(label)]);
  }

  /** Every class's score, in their order; an image without a class counts as wrong. */
  perClass(): ClassScore[] {
    return Array.from({ length: this.numClasses }, (_, label) => {
      const row = this.row(label);
      const images = row.reduce((sum, count) => sum + count, this.#without[label] ?? 0);
      const wrong = row.map((count, predicted) => (predicted === label ? 0 : count));
      const most = Math.max(...wrong);
      const confusedWith = most > 0 ? { class: wrong.indexOf(most), images: most } : null;
      return { class: label, images, top1: images > 0 ? this.count(label, label) / images : null, confusedWith };
    });
  }

  /** A table with a row for each true and a column for each predicted class, as RFC 4180 writes it. */
  csv(nameOf: (index: number) => string): string {
    const names = Array.from({ length: this.numClasses }, (_, index) => csvCell(nameOf(index)));
    const rows = names.map((name, label) => [name, ...this.row(label)]);
    return [["true \\ predicted", ...names], ...rows].map((row) => `${row.join(",")}\r\n`).join("");
  }
}

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
