import type { Device } from "./device.js";
import type { ArrayOf, DType, Values } from "./dtype.js";
import { ShapeError, UseAfterFreeError } from "./errors.js";
import { type Shape, show, sizeOf } from "./shape.js";
import type { Storage } from "./storage.js";

/**
 * A dense row-major array on a device. Its shape and dtype are types: `Tensor<readonly [64, 96], "f32">`; a size the
 * compiler cannot know is `number` and is checked at run time.
 *
 * A tensor belongs to the scope it was made in (`using s = scope(device)`), or to the caller, who ends it with
 * `dispose()`. Using it afterwards throws `UseAfterFreeError`.
 */
export class Tensor<out S extends Shape = Shape, out D extends DType = DType> {
  private freed = false;

  /** Made by ops, not by users: see `tensor()`, `zeros()` and the other constructors. */
  constructor(
    readonly device: Device,
    readonly shape: S,
    readonly dtype: D,
    /** The op that made it. */
    readonly op: string,
    private readonly memory: Storage,
    /** First element inside the storage. */
    private readonly start: number,
  ) {
    device.adopt(this);
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  get disposed(): boolean {
    return this.freed;
  }

  /** The memory behind it. @throws UseAfterFreeError */
  get storage(): Storage {
    if (this.freed) throw new UseAfterFreeError(this.op, this.shape);
    return this.memory;
  }

  /** First element inside `storage`. */
  get offset(): number {
    return this.start;
  }

  /**
   * The values, row-major, as a typed array (f16 widens to f32). Waits for the GPU.
   * @throws TraceError inside a traced function, DeviceError when the driver reported a failure
   */
  read(): Promise<ArrayOf[D]> {
    return this.device.read(this);
  }

  /** The only value of a tensor with one element. Waits for the GPU. */
  item(): Promise<number> {
    if (this.size !== 1) throw new ShapeError("item", `needs a tensor with one element, got ${show(this.shape)}`);
    return this.read().then(([value]) => Number(value));
  }

  /** Replaces the values in place; `values.length` must equal `size`. Used to feed a Program's inputs. */
  write(values: Values): void {
    this.device.write(this, values);
  }

  /** Frees it now. A second call does nothing. */
  dispose(): void {
    if (this.freed) return;
    this.freed = true;
    this.memory.release();
    this.device.stats.liveTensors -= 1;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Dtype, shape and origin, not the values: `Tensor f32 [64, 96] from matmul`. */
  toString(): string {
    return `Tensor ${this.dtype} ${show(this.shape)} from ${this.op}`;
  }
}
