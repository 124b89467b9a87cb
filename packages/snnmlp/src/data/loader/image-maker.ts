import { ImageError } from "../../file-error.js";
import type { Sample } from "../dataset.js";
import { decode, readImageFile } from "../decode.js";
import type { Pixels } from "../pixels.js";
import { type Preparation, prepare } from "../prepare.js";
import { ZipReader } from "../sets/zip-file.js";

/** Some images to make; plain data, as it is sent to a worker. */
export interface Job {
  readonly epoch: number;
  readonly images: readonly { readonly index: number; readonly name: string; readonly sample: Sample }[];
}

/** The images of a job, in its order; plain data, as a worker sends it back. */
export interface JobResult {
  /** Bytes [images, size, size, channels]; anything where an image failed. */
  readonly images: Uint8Array<ArrayBuffer>;
  /** Rectangles to erase [images, 4]: top, left, height, width; a height of 0 for none. */
  readonly erase: Int32Array<ArrayBuffer>;
  /** Why an image cannot be used, or null [images]. */
  readonly failures: readonly (string | null)[];
}

type Loaded = { readonly pixels: Pixels } | { readonly failure: string };

/** Fetches, decodes and prepares images, in whichever thread it lives. */
export class ImageMaker {
  readonly #archives = new Map<string, ZipReader>();

  constructor(private readonly preparation: Preparation) {}

  /**
   * Makes the images of a job; one that cannot be decoded is a failure in the result, not an error.
   *
   * @param memory of an earlier result, to be used again where it fits
   */
  async make({ epoch, images: wanted }: Job, memory?: ArrayBuffer): Promise<JobResult> {
    const { size, channels } = this.preparation;
    const bytes = size * size * channels;
    const length = wanted.length * bytes;
    const images = memory?.byteLength === length ? new Uint8Array(memory) : new Uint8Array(length);
    const erase = new Int32Array(wanted.length * 4);
    const failures: (string | null)[] = [];
    let next = this.#load(wanted[0]);
    for (const [slot, { index, sample }] of wanted.entries()) {
      const loaded = await next;
      // sharp decodes the next image on a thread of its own while this one is resampled here.
      next = this.#load(wanted[slot + 1]);
      if (loaded === undefined) continue;
      if ("failure" in loaded) failures.push(loaded.failure);
      else {
        const exact = sample.kind === "pixels";
        const made = prepare(loaded.pixels, this.preparation, { epoch, index }, exact);
        images.set(made.data, slot * bytes);
        if (made.erase) erase.set([made.erase.top, made.erase.left, made.erase.height, made.erase.width], 4 * slot);
        failures.push(null);
      }
    }
    return { images, erase, failures };
  }

  async #load(image: Job["images"][number] | undefined): Promise<Loaded | undefined> {
    if (!image) return undefined;
    const { name, sample } = image;
    if (sample.kind === "pixels") return { pixels: sample.pixels };
    try {
      const encoded = sample.kind === "file" ? readImageFile(sample.path) : await this.#unzip(sample);
      return { pixels: await decode(encoded, name) };
    } catch (error) {
      if (error instanceof ImageError) return { failure: error.reason };
      throw error;
    }
  }

  #unzip({ archive, place }: Extract<Sample, { kind: "zip" }>): Promise<Uint8Array> {
    const reader = this.#archives.get(archive) ?? new ZipReader(archive);
    this.#archives.set(archive, reader);
    return reader.read(place);
  }

  /** Closes the archives it opened. */
  async close(): Promise<void> {
    await Promise.all([...this.#archives.values()].map((archive) => archive.close()));
  }
}
