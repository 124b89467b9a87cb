import { DatasetError } from "../../file-error.js";
import type { Dataset } from "../dataset.js";
import { imageCount, someOf } from "../sets/image-names.js";

/** How many images of a set may be unusable where nobody says: a tenth of it, at least 10 and at most 100. */
export const defaultBadImages = (count: number): number => Math.max(10, Math.min(100, Math.floor(count / 10)));

/** The images of a set that turned out to be unusable. */
export class BadImages {
  readonly #reasons = new Map<number, string>();

  /**
   * @param limit how many are tolerated
   * @param onBad called once for each, with its name and what is wrong with it
   */
  constructor(
    private readonly set: Dataset,
    private readonly limit: number,
    private readonly onBad: (name: string, reason: string) => void = () => undefined,
  ) {}

  /** How many there are; one that comes again in a later epoch counts once. */
  get count(): number {
    return this.#reasons.size;
  }

  /** Notes one. @throws DatasetError when it is one too many, or the last of the set */
  add(index: number, reason: string): void {
    if (this.#reasons.has(index)) return;
    this.#reasons.set(index, reason);
    this.onBad(this.set.nameOf(index), reason);
    if (this.count <= this.limit && this.count < this.set.count) return;
    const all = this.list().map(({ name, reason }) => `${name} (${reason})`);
    if (this.count === this.set.count) {
      const none = `none of its ${imageCount(this.count)} can be used: ${someOf(all)}`;
      throw new DatasetError(this.set.folder, none, "repair or replace them");
    }
    const problem = `${imageCount(this.count)} cannot be used, more than the limit of ${this.limit}: ${someOf(all)}`;
    throw new DatasetError(this.set.folder, problem, "repair or remove them, or raise the limit (--max-bad-images)");
  }

  /** All of them, in the order in which they were met. */
  list(): { readonly name: string; readonly reason: string }[] {
    return [...this.#reasons].map(([index, reason]) => ({ name: this.set.nameOf(index), reason }));
  }

  /** One line for the end of a run, where there are any. */
  summary(): string | undefined {
    if (this.count === 0) return undefined;
    const names = someOf(this.list().map(({ name }) => name));
    return `left out ${this.count} of ${imageCount(this.set.count)} of ${this.set.folder} that cannot be used: ${names}`;
  }
}
