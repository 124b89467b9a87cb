/** Where one uniform block lies. */
export interface UniformSlot {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
  /** Equal ids mean the same words. */
  readonly id: number;
}

const usage = 0x40 | 0x8; // UNIFORM | COPY_DST
const slotBytes = 256; // the largest alignment WebGPU asks of a uniform offset
const slotsPerPage = 1024;

/**
 * Uniform blocks by content: a launch with the same sizes as an earlier one finds its block already on the GPU.
 * A slot is written once and never changes, so cached bind groups stay valid.
 */
export class Uniforms {
  private readonly known = new Map<string, UniformSlot>();
  private page: GPUBuffer | undefined;
  private used = 0;
  private nextId = 1;
  private readonly pages: GPUBuffer[] = [];

  constructor(private readonly device: GPUDevice) {}

  slot(words: Uint32Array<ArrayBuffer>): UniformSlot {
    const key = words.join();
    const found = this.known.get(key);
    if (found) return found;
    if (!this.page || this.used === slotsPerPage) {
      this.page = this.device.createBuffer({ label: "uniforms", size: slotBytes * slotsPerPage, usage });
      this.pages.push(this.page);
      this.used = 0;
    }
    const size = Math.ceil(words.byteLength / 16) * 16;
    const slot = { buffer: this.page, offset: slotBytes * this.used++, size, id: this.nextId++ };
    this.device.queue.writeBuffer(slot.buffer, slot.offset, words);
    this.known.set(key, slot);
    return slot;
  }

  /** Number of distinct blocks held. */
  get count(): number {
    return this.known.size;
  }

  /** Forgets every block. Only when no unsubmitted command refers to one. */
  clear(): void {
    for (const page of this.pages) page.destroy();
    this.pages.length = 0;
    this.known.clear();
    this.page = undefined;
  }
}
