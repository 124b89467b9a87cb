import type { JudgedImage } from "../train/evaluate.js";
import { likeliest } from "../train/likeliest.js";

/** An image of a set with what the model says of it. */
export interface Example {
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Of the predicted class. */
  readonly probability: number;
  /** Bytes [size, size, channels]. */
  readonly pixels: Uint8Array;
}

type Classified = JudgedImage & { readonly predicted: number };

/** Keeps some of the images that go by: right ones of as many classes as can be, and the surest of the wrong ones. */
export class Examples {
  readonly #right: (Example & { readonly rank: number })[] = [];
  readonly #wrong: Example[] = [];

  /** @param count of right and of wrong ones to keep */
  constructor(readonly count: number) {}

  /** Looks at an image; one without a predicted class is none to show. */
  add({ predicted, ...image }: JudgedImage): void {
    if (predicted === null) return;
    const classified = { ...image, predicted };
    if (image.label === predicted) this.#addRight(classified);
    else this.#addWrong(classified);
  }

  /** The first of its class before the second of another. */
  #addRight(image: Classified): void {
    const rank = this.#right.filter(({ label }) => label === image.label).length;
    if (this.#right.length === this.count && rank >= (this.#right.at(-1)?.rank ?? 0)) return;
    this.#right.push({ ...exampleOf(image), rank });
    this.#right.sort((a, b) => a.rank - b.rank || a.label - b.label);
    this.#right.length = Math.min(this.#right.length, this.count);
  }

  #addWrong(image: Classified): void {
    const probability = likeliest(image.scores, 1)[0]?.probability ?? 0;
    if (this.#wrong.length === this.count && probability <= (this.#wrong.at(-1)?.probability ?? 0)) return;
    this.#wrong.push(exampleOf(image));
    this.#wrong.sort((a, b) => b.probability - a.probability);
    this.#wrong.length = Math.min(this.#wrong.length, this.count);
  }

  /** Class by class, one of each before a second. */
  get right(): readonly Example[] {
    return this.#right;
  }

  /** Surest first. */
  get wrong(): readonly Example[] {
    return this.#wrong;
  }
}

function exampleOf({ index, label, predicted, scores, pixels }: Classified): Example {
  const probability = likeliest(scores, 1)[0]?.probability ?? 0;
  return { index, label, predicted, probability, pixels: pixels.slice() };
}
