import { AdapterError, type AdapterSource, NoAdapterError, SoftwareRefusedError } from "./adapter-errors.js";
import { adapterNames, type Environment, requestAdapter } from "./dawn.js";
import { findEmbedded, loadEmbedded } from "./embedded-vulkan.js";
import { explainHardware, explainLavapipe, lavapipeFiles } from "./system-vulkan.js";
import { dawnFlags } from "./toggles.js";

/** Which adapter to look for. */
export interface AdapterRequest {
  /** Whether an adapter that computes on the CPU will do. Default: `allow` if SNNMLP_ALLOW_SOFTWARE=1, else `refuse`. */
  readonly software?: "allow" | "refuse";
  /** Part of the adapter's name in any case, or `lavapipe`, or `swiftshader`. Default: SNNMLP_ADAPTER, else the best. */
  readonly adapter?: string;
  /** Dawn toggles to turn on, or off with a leading `-`; an unknown name is an error that lists the known ones. */
  readonly toggles?: readonly string[];
}

/** An adapter, and what it is. It serves one `requestDevice()`. */
export interface FoundAdapter {
  readonly gpu: GPU;
  readonly adapter: GPUAdapter;
  /** Device and driver: `llvmpipe-llvm-19-1-7-256-bits (llvmpipe: Mesa 25.0.7)`. */
  readonly name: string;
  /** The key of the tuning table. */
  readonly kind: "gpu" | "lavapipe" | "swiftshader";
  readonly source: AdapterSource;
  /** Whether it computes on the CPU. */
  readonly software: boolean;
}

/**
 * Finds an adapter: a hardware one, else a system software Vulkan (Mesa lavapipe), else SwiftShader from npm, which is
 * unpacked into a cache folder at its first use (SNNMLP_CACHE_DIR, default `~/.cache/snnmlp`).
 *
 * @throws SoftwareRefusedError when only a software adapter was found and none is allowed
 * @throws NoAdapterError when there is none; the text says what is missing and how to install it
 * @throws AdapterError for an unknown toggle or a wrong environment variable
 */
export async function findAdapter(request: AdapterRequest = {}): Promise<FoundAdapter> {
  const flags = dawnFlags(request.toggles);
  const named = request.adapter ?? process.env.SNNMLP_ADAPTER ?? "";
  const wanted = named.toLowerCase();
  const allowed = softwareAllowed(request);
  if (wanted === "swiftshader") return embeddedAdapter(flags, allowed, wanted);
  const found = await systemAdapter(flags, wanted);
  if (!found && wanted === "") return embeddedAdapter(flags, allowed, wanted);
  if (!found) throw new NoAdapterError(`adapter "${named}"`, [await explainNamed(flags, wanted)]);
  if (found.software && !allowed) throw new SoftwareRefusedError(found.name, hints());
  return found;
}

/** The adapter of the installed Vulkan drivers (on macOS and Windows: of the system) that is best, or has this name. */
async function systemAdapter(flags: readonly string[], wanted: string): Promise<FoundAdapter | undefined> {
  const environment = wanted === "lavapipe" ? only(lavapipeFiles()) : {};
  const part = wanted === "lavapipe" ? "llvmpipe" : wanted;
  const best = await requestAdapter(flags, environment);
  if (!best) return undefined;
  if (matches(best.adapter.info.device, part)) return describe(best, "system");
  const name = (await adapterNames(flags, environment)).find((candidate) => matches(candidate, part));
  if (name === undefined) return undefined;
  const named = await requestAdapter([...flags, `adapter=${name}`], environment);
  return named ? describe(named, "system") : undefined;
}

async function embeddedAdapter(flags: readonly string[], allowed: boolean, wanted: string): Promise<FoundAdapter> {
  const embedded = findEmbedded();
  const system = wanted === "" ? [explainHardware(), explainLavapipe()] : [];
  const what = wanted === "" ? "adapter" : `adapter "${wanted}"`;
  if ("reason" in embedded) throw new NoAdapterError(what, [...system, { source: "embedded", ...embedded }]);
  if (!allowed) throw new SoftwareRefusedError("SwiftShader from the npm package @sparticuz/chromium", hints());
  const found = await requestAdapter(flags, await loadEmbedded(embedded));
  if (!found) {
    throw new NoAdapterError(what, [...system, { source: "embedded", reason: "Dawn does not accept SwiftShader" }]);
  }
  return describe(found, "embedded");
}

/** Names the adapter and tells software from hardware. */
export function describe(
  { gpu, adapter }: { gpu: GPU; adapter: GPUAdapter },
  from: "system" | "embedded",
): FoundAdapter {
  const { device, description, isFallbackAdapter } = adapter.info;
  const kind = device.includes("llvmpipe") ? "lavapipe" : device.includes("swiftshader") ? "swiftshader" : "gpu";
  const software = isFallbackAdapter || kind !== "gpu";
  const source = software ? from : "hardware";
  const tidy = device.replace(/-+$/, "");
  return { gpu, adapter, name: description ? `${tidy} (${description})` : tidy, kind, source, software };
}

/** Whether a name contains a part; WebGPU writes names in lower case with dashes, drivers do not. */
const matches = (name: string, part: string): boolean => plain(name).includes(plain(part));
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, "-");

/** The environment in which the Vulkan loader sees only these drivers. */
function only(files: readonly string[]): Environment {
  const list = files.join(":");
  return list ? { VK_DRIVER_FILES: list, VK_ICD_FILENAMES: list } : {};
}

function softwareAllowed(request: AdapterRequest): boolean {
  if (request.software) return request.software === "allow";
  const value = process.env.SNNMLP_ALLOW_SOFTWARE ?? "";
  if (!["", "0", "1"].includes(value)) {
    throw new AdapterError(`SNNMLP_ALLOW_SOFTWARE is 1 (allow) or 0 (refuse), got "${value}"`);
  }
  return value === "1";
}

const hints = (): string[] => {
  const { reason, fix } = explainHardware();
  return [fix ? `${reason}; ${fix}` : reason];
};

async function explainNamed(flags: readonly string[], wanted: string) {
  if (wanted === "lavapipe") return explainLavapipe();
  const names = await adapterNames(flags, {});
  return {
    source: "hardware" as const,
    reason: names.length ? `the system has ${names.map((name) => `"${name}"`).join(", ")}` : explainHardware().reason,
    fix: "name a part of one of these, or lavapipe or swiftshader",
  };
}
