import { describe, type FoundAdapter } from "./adapter.js";
import type { AdapterSource, MissingSource } from "./adapter-errors.js";
import { adapterNames, requestAdapter } from "./dawn.js";
import { findEmbedded, loadEmbedded } from "./embedded-vulkan.js";
import { explainHardware, explainLavapipe } from "./system-vulkan.js";
import { dawnFlags } from "./toggles.js";

/** One adapter this machine has. */
export interface AdapterDetails {
  readonly source: AdapterSource;
  readonly name: string;
  readonly kind: FoundAdapter["kind"];
  readonly software: boolean;
  /** Invocations that run in step, least and most. */
  readonly subgroupSize: readonly [min: number, max: number];
  /** WebGPU feature names, sorted. */
  readonly features: readonly string[];
  /** The limits that matter to compute; sizes in bytes. */
  readonly limits: Readonly<ReturnType<typeof computeLimits>>;
}

/** An adapter that was found, or a source that has none with the reason and the fix. */
export type AdapterSummary = AdapterDetails | MissingSource;

const computeLimits = (limits: GPUSupportedLimits) => ({
  maxBufferSize: limits.maxBufferSize,
  maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
  maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
  maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
  maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
  maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
  maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
});

/** Everything `snnmlp doctor` shows: each adapter of each source, and for a source without one, why. */
export async function listAdapters(): Promise<AdapterSummary[]> {
  const flags = dawnFlags();
  const installed: AdapterDetails[] = [];
  for (const name of new Set(await adapterNames(flags, {}))) {
    const found = await requestAdapter([...flags, `adapter=${name}`], {});
    if (found) installed.push(detail(describe(found, "system")));
  }
  const hardware = installed.filter(({ software }) => !software);
  const software = installed.filter((adapter) => adapter.software);
  return [
    ...(hardware.length ? hardware : [explainHardware()]),
    ...(software.length ? software : [explainLavapipe()]),
    await embeddedSummary(flags),
  ];
}

async function embeddedSummary(flags: readonly string[]): Promise<AdapterSummary> {
  const source = "embedded";
  const embedded = findEmbedded();
  if ("reason" in embedded) return { source, ...embedded };
  try {
    const found = await requestAdapter(flags, await loadEmbedded(embedded));
    return found ? detail(describe(found, source)) : { source, reason: "Dawn does not accept SwiftShader" };
  } catch (error) {
    return { source, reason: error instanceof Error ? error.message : String(error) };
  }
}

function detail({ source, name, kind, software, adapter }: FoundAdapter): AdapterDetails {
  const { info, limits } = adapter;
  return {
    source,
    name,
    kind,
    software,
    subgroupSize: [info.subgroupMinSize ?? 0, info.subgroupMaxSize ?? 0],
    features: [...adapter.features].sort(),
    limits: computeLimits(limits),
  };
}
