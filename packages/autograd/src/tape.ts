import type { Device, Tape, TapeEntry, Tensor } from "@snnmlp/tensor";

/** Remembers every op that a watched tensor flowed through, in order. */
export class GradientTape implements Tape {
  readonly entries: TapeEntry[] = [];
  private readonly watched: Set<Tensor>;

  constructor(leaves: readonly Tensor[]) {
    this.watched = new Set(leaves);
  }

  watches(tensor: Tensor): boolean {
    return this.watched.has(tensor);
  }

  record(entry: TapeEntry): void {
    this.entries.push(entry);
    for (const output of entry.outputs) this.watched.add(output);
  }
}

/** Runs `body` with a tape installed; what the body makes is recorded there. */
export function recordOn<T>(device: Device, tape: Tape, body: () => T): T {
  device.tapes.push(tape);
  try {
    return body();
  } finally {
    device.tapes.pop();
  }
}

/** Runs `body` without recording: nothing in it can be differentiated. */
export function noGrad<T>(device: Device, body: () => T): T {
  const tapes = device.tapes.splice(0);
  try {
    return body();
  } finally {
    device.tapes.push(...tapes);
  }
}
