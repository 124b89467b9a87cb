import type { Buffer, Stats } from "../backend.js";
import { DeviceError } from "../errors.js";

/** A GPU buffer and its size; the pool hands the same object out again after `release`. */
export interface GpuBuffer extends Buffer {
  readonly id: number;
  readonly gpu: GPUBuffer;
  /** Whether `release` keeps it for reuse. */
  readonly pooled: boolean;
}

// STORAGE | COPY_SRC | COPY_DST. Never MAP_*: mappable storage is slow and scarce on NVIDIA.
const usage = 0x80 | 0x4 | 0x8;
const maxPooledBytes = 1 << 30;

/** Rounds a size up so that near sizes share buffers: to 256 bytes, from 64 KiB on to an eighth of the power of two. */
export function bucketOf(bytes: number): number {
  const step = bytes <= 65_536 ? 256 : 2 ** (Math.ceil(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}

/**
 * Buffers by size bucket. A freed buffer may be handed out at once: all work goes through one queue in order, so a
 * later dispatch cannot overtake the last reader.
 */
export class BufferPool {
  private readonly free = new Map<number, GpuBuffer[]>();
  private nextId = 1;
  /** Called when a buffer is really destroyed, so that cached bind groups can be dropped. */
  onDestroy: () => void = () => undefined;

  constructor(
    private readonly device: GPUDevice,
    private readonly stats: Stats,
    private readonly maxBufferBytes: number,
  ) {}

  take(op: string, bytes: number): GpuBuffer {
    const size = Math.min(bucketOf(bytes), Math.max(bytes, this.maxBufferBytes));
    const reused = this.free.get(size)?.pop();
    if (reused) this.stats.pooledBytes -= size;
    return this.count(reused ?? this.create(op, size, true));
  }

  /** A buffer of exactly this size that `release` destroys: for a Program's arena and for slabs. */
  reserve(op: string, bytes: number): GpuBuffer {
    return this.count(this.create(op, Math.ceil(bytes / 16) * 16, false));
  }

  private count(buffer: GpuBuffer): GpuBuffer {
    this.stats.liveBytes += buffer.bytes;
    this.stats.liveBuffers += 1;
    this.stats.peakBytes = Math.max(this.stats.peakBytes, this.stats.liveBytes);
    return buffer;
  }

  release(buffer: GpuBuffer): void {
    this.stats.liveBytes -= buffer.bytes;
    this.stats.liveBuffers -= 1;
    if (!buffer.pooled || this.stats.pooledBytes + buffer.bytes > maxPooledBytes) {
      this.destroy(buffer);
      return;
    }
    const list = this.free.get(buffer.bytes) ?? [];
    list.push(buffer);
    this.free.set(buffer.bytes, list);
    this.stats.pooledBytes += buffer.bytes;
  }

  /** Gives pooled memory back to the driver. */
  trim(): void {
    for (const list of this.free.values()) for (const buffer of list) this.destroy(buffer);
    this.free.clear();
    this.stats.pooledBytes = 0;
  }

  private create(op: string, size: number, pooled: boolean): GpuBuffer {
    if (size > this.maxBufferBytes) {
      throw new DeviceError(
        "out-of-memory",
        `${op}: a buffer of ${size} bytes is above the adapter's ${this.maxBufferBytes}`,
      );
    }
    return { id: this.nextId++, bytes: size, pooled, gpu: this.device.createBuffer({ label: op, size, usage }) };
  }

  private destroy(buffer: GpuBuffer): void {
    buffer.gpu.destroy();
    this.onDestroy();
  }
}
