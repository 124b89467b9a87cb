import { TensorError } from "../errors.js";

/** Where an adapter comes from: a GPU, a software Vulkan of the system (Mesa lavapipe), or the one from npm. */
export type AdapterSource = "hardware" | "system" | "embedded";

/** Why one source gave no adapter, and what to do about it. */
export interface MissingSource {
  readonly source: AdapterSource;
  readonly reason: string;
  /** How to get it; absent where nothing can be done. */
  readonly fix?: string;
}

/** No adapter could be opened as asked. Base of the errors below; also thrown for a wrong request. */
export class AdapterError extends TensorError {
  override readonly name: string = "AdapterError";
}

/** Only a software adapter was found and the caller did not allow one. */
export class SoftwareRefusedError extends AdapterError {
  override readonly name = "SoftwareRefusedError";
  /** The software adapter that would have been used. */
  readonly adapter: string;

  /** @param hints why there may be no hardware adapter */
  constructor(adapter: string, hints: readonly string[]) {
    super(
      [
        `found no GPU, only software: ${adapter}. It computes the same on the CPU, much slower`,
        'to allow it, pass { software: "allow" }, the option --allow-software, or set SNNMLP_ALLOW_SOFTWARE=1',
        ...hints,
      ].join("\n  "),
    );
    this.adapter = adapter;
  }
}

/** No source gave an adapter. The text says for each what was tried, what was missing and how to install it. */
export class NoAdapterError extends AdapterError {
  override readonly name = "NoAdapterError";
  /** One entry per source that was tried. */
  readonly missing: readonly MissingSource[];

  /** @param wanted what was asked for, `adapter` or `adapter "H200"` */
  constructor(wanted: string, missing: readonly MissingSource[]) {
    const lines = missing.map(({ source, reason, fix }) => `${source}: ${reason}${fix ? `; ${fix}` : ""}`);
    super([`found no ${wanted}`, ...lines].join("\n  "));
    this.missing = missing;
  }
}
