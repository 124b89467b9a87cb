import { DeviceError } from "../errors.js";
import { QuietWait } from "./quiet-wait.js";

/** Longest a wait for the GPU may take before it is reported, in ms; `SNNMLP_GPU_TIMEOUT_MS` overrides it. */
const timeoutMs = Number(process.env.SNNMLP_GPU_TIMEOUT_MS ?? 600_000);

/**
 * WebGPU reports most errors outside the call that caused them. The first one is kept and thrown by the next call
 * that touches the device; labels on every object make its text name the op or kernel.
 */
export class Failures {
  /** The op most recently launched, for errors that carry no label. */
  lastOp = "";
  closed = false;
  private first: DeviceError | undefined;
  private readonly quiet: QuietWait;

  /** @param software whether the adapter computes on the CPU */
  constructor(device: GPUDevice, software: boolean) {
    this.quiet = new QuietWait(software);
    device.addEventListener("uncapturederror", (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      // The driver would print it too; the exception replaces that.
      event.preventDefault();
      this.first ??= new DeviceError(kindOf(error), describe(error, this.lastOp));
    });
    device.lost.then((info) => {
      if (info.reason === "destroyed") return;
      this.first ??= new DeviceError(
        "lost",
        `the GPU device was lost after ${this.lastOp || "opening"}: ${info.message}; start the process again from its last checkpoint`,
      );
    });
  }

  get failed(): boolean {
    return this.first !== undefined;
  }

  rethrow(): void {
    if (this.closed) throw new DeviceError("closed", "this device was closed; open another with openDevice()");
    if (this.first) throw this.first;
  }

  /** Awaits GPU work; an error reported meanwhile, a lost device or a timeout rejects with a DeviceError. */
  async guard<T>(work: Promise<T>, what: string): Promise<T> {
    this.rethrow();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const seconds = timeoutMs / 1000;
        reject(
          new DeviceError(
            "timeout",
            `${what} took over ${seconds} s after ${this.lastOp}; raise SNNMLP_GPU_TIMEOUT_MS`,
          ),
        );
      }, timeoutMs);
    });
    try {
      const value = await this.quiet.until(Promise.race([work, late]));
      // Work that was under way when the device was closed is finished first, so its value counts.
      if (this.first) throw this.first;
      return value;
    } catch (cause) {
      this.rethrow();
      if (cause instanceof DeviceError) throw cause;
      throw new DeviceError("internal", `${what} failed after ${this.lastOp}: ${String(cause)}`);
    } finally {
      clearTimeout(timer);
    }
  }
}

function kindOf(error: GPUError): "validation" | "out-of-memory" | "internal" {
  const name = error.constructor.name;
  return name === "GPUOutOfMemoryError" ? "out-of-memory" : name === "GPUInternalError" ? "internal" : "validation";
}

function describe(error: GPUError, lastOp: string): string {
  const fix =
    kindOf(error) === "out-of-memory" ? "; use a smaller batch, gradient accumulation or activation checkpointing" : "";
  return `${lastOp ? `near op ${lastOp}: ` : ""}${error.message.trim()}${fix}`;
}
