import type { Access, Kernel } from "@snnmlp/kernels-wgsl";
import type { Stats } from "../backend.js";
import { DeviceError } from "../errors.js";

export interface Pipeline {
  readonly gpu: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

const computeStage = 4;

/** One compute pipeline per kernel key, and one bind group layout per signature. */
export class Pipelines {
  private readonly ready = new Map<string, Pipeline>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();

  constructor(
    private readonly device: GPUDevice,
    private readonly stats: Stats,
  ) {}

  /** The pipeline now; compiles it on the spot. */
  get(kernel: Kernel): Pipeline {
    const known = this.ready.get(kernel.key);
    if (known) return known;
    const { descriptor, layout } = this.describe(kernel);
    return this.keep(kernel, this.device.createComputePipeline(descriptor), layout);
  }

  /** Compiles the missing ones in parallel; a shader that does not compile rejects with the kernel's name. */
  async getAll(kernels: Iterable<Kernel>): Promise<void> {
    const missing = new Map([...kernels].filter((k) => !this.ready.has(k.key)).map((k) => [k.key, k]));
    await Promise.all(
      [...missing.values()].map(async (kernel) => {
        // The pipeline's own error only says that the shader is invalid; the scope catches why.
        this.device.pushErrorScope("validation");
        const { descriptor, layout } = this.describe(kernel);
        const shaderError = this.device.popErrorScope();
        try {
          this.keep(kernel, await this.device.createComputePipelineAsync(descriptor), layout);
        } catch (cause) {
          const text = (await shaderError)?.message ?? (cause instanceof Error ? cause.message : String(cause));
          throw new DeviceError("validation", `kernel ${kernel.key} does not compile: ${text}`);
        }
      }),
    );
  }

  private keep(kernel: Kernel, gpu: GPUComputePipeline, layout: GPUBindGroupLayout): Pipeline {
    const pipeline = { gpu, layout };
    this.ready.set(kernel.key, pipeline);
    this.stats.pipelines += 1;
    return pipeline;
  }

  private describe(kernel: Kernel): { descriptor: GPUComputePipelineDescriptor; layout: GPUBindGroupLayout } {
    const layout = this.layoutOf(kernel.uniform, kernel.access);
    const label = kernel.key;
    return {
      layout,
      descriptor: {
        label,
        layout: this.device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
        compute: { module: this.device.createShaderModule({ label, code: kernel.code }), entryPoint: "main" },
      },
    };
  }

  private layoutOf(uniform: boolean, access: readonly Access[]): GPUBindGroupLayout {
    const key = `${uniform}:${access.join()}`;
    const known = this.layouts.get(key);
    if (known) return known;
    const storage = access.map((mode, i) => ({
      binding: i + 1,
      visibility: computeStage,
      buffer: { type: mode === "read" ? ("read-only-storage" as const) : ("storage" as const) },
    }));
    const block = uniform ? [{ binding: 0, visibility: computeStage, buffer: { type: "uniform" as const } }] : [];
    const layout = this.device.createBindGroupLayout({ label: key, entries: [...block, ...storage] });
    this.layouts.set(key, layout);
    return layout;
  }
}
