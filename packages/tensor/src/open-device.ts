import type { Profile, TuningTable } from "@snnmlp/kernels-wgsl";
import { Device, newStats } from "./device.js";
import { type AdapterRequest, findAdapter } from "./gpu/adapter.js";
import { GpuBackend } from "./gpu/gpu-backend.js";
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
}

const wantedFeatures = ["shader-f16", "subgroups", "timestamp-query"] as const;

/**
 * Opens a GPU: a hardware adapter, else a system software one, else the embedded one. A software adapter is only used
 * with `software: "allow"`.
 *
 * @throws AdapterError when there is none, or only a software one that was not allowed
 * @throws TuningFileError when the user's tuning file is damaged
 *
 * ```ts
 * await using device = await openDevice({ software: "allow" });
 * ```
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  const { adapter, kind, name, software } = await findAdapter(options);
  const { kernels = "tuned" } = options;
  const tuning = kernels === "tuned" ? tuningTable({ kind, name }, options.tuning ?? "user") : undefined;
  const { limits } = adapter;
  const features = wantedFeatures.filter((feature) => adapter.features.has(feature));
  const gpu = await adapter.requestDevice({
    label: "snnmlp",
    requiredFeatures: features,
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
      profile: { kernels, kind, subgroupSize, tuning },
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
