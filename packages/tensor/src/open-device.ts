import type { Profile, TuningTable } from "@snnmlp/kernels-wgsl";
import { Device, newStats } from "./device.js";
import { type AdapterRequest, findAdapter } from "./gpu/adapter.js";
import { GpuBackend } from "./gpu/gpu-backend.js";
import { mixedPrecision, mixedToggles, type Precision } from "./gpu/mixed-precision.js";
import { OracleBackend } from "./oracle/oracle-backend.js";
import { type TuningSource, tuningTable } from "./tune/in-force.js";

/** Which adapter to open, and with which kernels. */
export interface DeviceOptions extends AdapterRequest {
  /** `tuned` (default): the fastest kernels measured for this kind of adapter; `naive`: the simplest right ones. */
  readonly kernels?: Profile["kernels"];
  /**
   * Which of the tuned kernels: `user` (default) as measured here by `snnmlp tune`, and as shipped where it was not;
   * `shipped`; or a table of one's own.
   */
  readonly tuning?: TuningSource | TuningTable;
  /**
   * `f32` (default), or `f16`: matrix products round their operands to f16 and add up in f32, on matrix units where the
   * adapter has them. Everything else stays f32. Small gradients need a scaled loss: see `lossScale` in `snnmlp`.
   */
  readonly precision?: Precision;
}

const wantedFeatures = ["shader-f16", "subgroups", "timestamp-query"] as const;

/**
 * Opens a GPU: a hardware adapter, else a system software one, else the embedded one. A software adapter is only used
 * with `software: "allow"`.
 *
 * @throws AdapterError when there is none, or only a software one that was not allowed
 * @throws TuningFileError when the user's tuning file is damaged
 * @throws DeviceError when `precision` is `f16` and the adapter has none
 *
 * ```ts
 * await using device = await openDevice({ software: "allow" });
 * ```
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  const { kernels = "tuned", precision = "f32", toggles = [] } = options;
  const request = precision === "f16" ? { ...options, toggles: [...toggles, ...mixedToggles] } : options;
  const { adapter, kind, name, software } = await findAdapter(request);
  const mixed = precision === "f16" ? mixedPrecision(adapter) : undefined;
  const tuning = kernels === "tuned" ? tuningTable({ kind, name }, options.tuning ?? "user") : undefined;
  const { limits } = adapter;
  const features = wantedFeatures.filter((feature) => adapter.features.has(feature));
  const gpu = await adapter.requestDevice({
    label: "snnmlp",
    requiredFeatures: [...features, ...(mixed?.features ?? [])],
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
    },
  });
  const stats = newStats();
  const has = (feature: (typeof wantedFeatures)[number]) => features.includes(feature);
  const { subgroupMinSize, subgroupMaxSize } = adapter.info;
  const subgroupSize = has("subgroups") && subgroupMinSize === subgroupMaxSize ? subgroupMinSize : undefined;
  const backend = new GpuBackend(
    gpu,
    {
      name,
      profile: { kernels, kind, subgroupSize, tuning, precision, subgroupMatrix: mixed?.subgroupMatrix },
      software,
      f16: has("shader-f16"),
      subgroups: has("subgroups"),
      timestamps: has("timestamp-query"),
      maxBindingBytes: limits.maxStorageBufferBindingSize,
      maxBufferBytes: limits.maxBufferSize,
    },
    stats,
  );
  return new Device(backend, stats);
}

/** A device that computes every op by its float64 reference on the CPU: slow, exact, no GPU needed. For checking. */
export function openOracle(): Device {
  const stats = newStats();
  return new Device(new OracleBackend(stats), stats);
}
