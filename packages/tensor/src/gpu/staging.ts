const usage = 0x1 | 0x8; // MAP_READ | COPY_DST
const maxKept = 8;

/** Mappable buffers for reading back, reused by size: no compute buffer is ever mappable. */
export class Staging {
  private readonly free: GPUBuffer[] = [];

  constructor(private readonly device: GPUDevice) {}

  take(bytes: number): GPUBuffer {
    const fit = this.free.findIndex((buffer) => buffer.size >= bytes && buffer.size <= Math.max(4096, 4 * bytes));
    const found = fit < 0 ? undefined : this.free.splice(fit, 1)[0];
    return found ?? this.device.createBuffer({ label: "readback", size: Math.max(256, bytes), usage });
  }

  /** Waits for the copy into `buffer`, gives its first `bytes` bytes and takes the buffer back. */
  async read(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    await buffer.mapAsync(0x1, 0, bytes);
    const copy = buffer.getMappedRange(0, bytes).slice(0);
    buffer.unmap();
    if (this.free.length < maxKept) this.free.push(buffer);
    else buffer.destroy();
    return copy;
  }

  clear(): void {
    for (const buffer of this.free) buffer.destroy();
    this.free.length = 0;
  }
}
