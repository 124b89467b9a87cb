import type { Profile } from "@snnmlp/kernels-wgsl";
import { DeviceError } from "../errors.js";

/** What matrix products round their operands to, on the way from memory; sums, parameters and activations are f32. */
export type Precision = NonNullable<Profile["precision"]>;

/** Dawn's switches without which it does not offer subgroup matrices. */
export const mixedToggles: readonly string[] = ["allow_unsafe_apis", "use_vulkan_memory_model"];

/** The experiment's name in Dawn and the shape of its report; WebGPU's types do not know it yet. */
const matrixFeature = "chromium-experimental-subgroup-matrix";
interface MatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/**
 * What a device needs for products of mixed precision, and whether they can run on matrix units: the kernel wants
 * 16 x 16 x 16 matrices of f16 that add up in f32, and subgroups of 32.
 *
 * @throws DeviceError when the adapter has no f16
 */
export function mixedPrecision(adapter: GPUAdapter): { features: GPUFeatureName[]; subgroupMatrix: boolean } {
  const { features, info } = adapter;
  if (!features.has("shader-f16")) {
    const fix = 'leave precision out, or "f32"';
    throw new DeviceError("validation", `precision "f16": ${info.device} does not offer shader-f16; ${fix}`);
  }
  const { subgroupMatrixConfigs = [] } = info as { subgroupMatrixConfigs?: readonly MatrixConfig[] };
  const found = subgroupMatrixConfigs.some(
    ({ componentType, resultComponentType, M, N, K }) =>
      componentType === "f16" && resultComponentType === "f32" && M === 16 && N === 16 && K === 16,
  );
  const subgroups = features.has("subgroups") && info.subgroupMinSize === 32 && info.subgroupMaxSize === 32;
  const subgroupMatrix = found && subgroups && features.has(matrixFeature);
  return { features: subgroupMatrix ? [matrixFeature as GPUFeatureName] : [], subgroupMatrix };
}
