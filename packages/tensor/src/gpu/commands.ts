import type { Launch } from "@snnmlp/kernels-wgsl";
import type { DispatchTimer } from "./profile.js";

/** A command encoder with at most one open compute pass, opened when they are first needed. */
export class Commands {
  private encoder: GPUCommandEncoder | undefined;
  private open: GPUComputePassEncoder | undefined;

  /** @param timer gives every dispatch a pass of its own, and times it */
  constructor(
    private readonly device: GPUDevice,
    private readonly timer?: DispatchTimer | undefined,
  ) {}

  /** Where to encode one dispatch. */
  pass(op: string, launch: Launch): GPUComputePassEncoder {
    if (this.timer) {
      this.endPass();
      this.open = this.outsidePasses().beginComputePass(this.timer.passFor(op, launch));
      return this.open;
    }
    this.open ??= this.outsidePasses().beginComputePass();
    return this.open;
  }

  /** Where to encode a copy. */
  outsidePasses(): GPUCommandEncoder {
    this.endPass();
    this.encoder ??= this.device.createCommandEncoder();
    return this.encoder;
  }

  /** Hands what is encoded to the GPU; false when there was nothing. */
  submit(): boolean {
    this.endPass();
    if (!this.encoder) return false;
    const commands = this.encoder.finish();
    this.encoder = undefined;
    const { queue } = this.device;
    if (this.timer) this.timer.enqueue(() => queue.submit([commands]));
    else queue.submit([commands]);
    return true;
  }

  private endPass(): void {
    if (!this.open) return;
    this.open.end();
    this.open = undefined;
    if (this.timer?.alone) this.submit();
  }
}
