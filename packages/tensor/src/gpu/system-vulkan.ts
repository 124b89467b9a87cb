import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import type { MissingSource } from "./adapter-errors.js";

/** The driver manifests the Vulkan loader would read, by its own rules. Linux. */
export function driverFiles(): string[] {
  const named = process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES;
  if (named) return named.split(":").filter((file) => existsSync(file));
  const { XDG_CONFIG_HOME, XDG_DATA_HOME } = process.env;
  const folders = [
    XDG_CONFIG_HOME || join(homedir(), ".config"),
    "/etc",
    "/usr/local/etc",
    XDG_DATA_HOME || join(homedir(), ".local", "share"),
    "/usr/local/share",
    "/usr/share",
  ].map((folder) => join(folder, "vulkan", "icd.d"));
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
    .filter((file) => file.endsWith(".json"));
}

/** The manifests of Mesa's software driver, lavapipe. */
export const lavapipeFiles = (): string[] => driverFiles().filter((file) => basename(file).startsWith("lvp_icd"));

/** Why Dawn saw no GPU, and what to do. Call it when Dawn found none. */
export function explainHardware(): MissingSource {
  const source = "hardware";
  if (process.platform !== "linux") return { source, reason: "the system offers no GPU to WebGPU" };
  const nvidia = nvidiaGpu();
  if (nvidia && !driverFiles().some((file) => /nvidia/i.test(basename(file)))) {
    return {
      source,
      reason: `nvidia-smi sees ${nvidia}, but its Vulkan driver is not installed (no nvidia_icd.json)`,
      fix: "install libnvidia-gl-<driver version>; in Docker set NVIDIA_DRIVER_CAPABILITIES=compute,utility,graphics",
    };
  }
  if (nvidia) {
    return {
      source,
      reason: `nvidia-smi sees ${nvidia}, but Vulkan does not`,
      fix: "MIG slices have no Vulkan; otherwise check that libGLX_nvidia.so.0 loads (it needs libX11 and libXext)",
    };
  }
  return { source, reason: "Vulkan lists no GPU", fix: "install the GPU vendor's Vulkan driver" };
}

/** Why Dawn saw no lavapipe, and what to do. Call it when Dawn found none. */
export function explainLavapipe(): MissingSource {
  const source = "system";
  if (process.platform !== "linux") return { source, reason: "Mesa's software Vulkan is used on Linux only" };
  const install = "apt-get install mesa-vulkan-drivers (on Debian 12 from bookworm-backports)";
  const named = process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES;
  if (!hasLoader()) return { source, reason: "the Vulkan loader libvulkan.so.1 is not installed", fix: install };
  const [lavapipe] = lavapipeFiles();
  if (lavapipe) {
    return {
      source,
      reason: `lavapipe is installed (${lavapipe}), but Dawn rejects it: Mesa 22.3 (Debian 12) lacks shaderUniform*ArrayDynamicIndexing, 25 has it`,
      fix: "apt-get install -t bookworm-backports mesa-vulkan-drivers",
    };
  }
  if (named) return { source, reason: `VK_DRIVER_FILES or VK_ICD_FILENAMES (${named}) names no lavapipe` };
  return { source, reason: "Mesa's software Vulkan (lavapipe) is not installed", fix: install };
}

/** What nvidia-smi calls the first GPU, when it sees one. */
function nvidiaGpu(): string | undefined {
  try {
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
    const list = execFileSync("nvidia-smi", ["-L"], { encoding: "utf8", timeout: 10_000, stdio });
    return /^GPU \d+: (.*?)(?: \(UUID|$)/m.exec(list)?.[1];
  } catch {
    return undefined;
  }
}

function hasLoader(): boolean {
  const folders = [
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
  ];
  folders.push(...(process.env.LD_LIBRARY_PATH ?? "").split(":").filter(Boolean));
  return folders.some((folder) => existsSync(join(folder, "libvulkan.so.1")));
}
