import { createReadStream, existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isMainThread } from "node:worker_threads";
import { createBrotliDecompress } from "node:zlib";
import { cacheFolder } from "../cache-folder.js";
import { AdapterError } from "./adapter-errors.js";
import type { Environment } from "./dawn.js";

/*
 * A software Vulkan for machines that have none: SwiftShader and a Vulkan loader, as `@sparticuz/chromium` ships them.
 * Chromium itself is never unpacked nor run.
 */

const packageName = "@sparticuz/chromium";
const loaderFile = "libvulkan.so.1";
const driverFile = "vk_swiftshader_icd.json";
const wantedFiles = [loaderFile, driverFile, "libvk_swiftshader.so"];

/** The packed SwiftShader of an installed `@sparticuz/chromium`. */
export interface EmbeddedVulkan {
  readonly archive: string;
  readonly version: string;
}

/** Finds the packed SwiftShader, or says what it lacks. */
export function findEmbedded(): EmbeddedVulkan | { readonly reason: string; readonly fix?: string } {
  const platform = `${process.platform}-${process.arch}`;
  if (platform !== "linux-x64") return { reason: `SwiftShader from npm runs on linux-x64 only, this is ${platform}` };
  if (!isMainThread) return { reason: "worker threads cannot set the environment of the Vulkan loader" };
  const fix = "npm install @sparticuz/chromium koffi tar-stream (npm skips them with --omit=optional)";
  const require = createRequire(import.meta.url);
  try {
    for (const needed of ["koffi", "tar-stream"]) require.resolve(needed);
    const root = join(dirname(require.resolve(packageName)), "..", "..");
    const archive = join(root, "bin", "swiftshader.tar.br");
    if (!existsSync(archive)) return { reason: `${archive} does not exist`, fix };
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return { archive, version };
  } catch {
    return { reason: `the optional packages ${packageName}, koffi and tar-stream are not all installed`, fix };
  }
}

/**
 * Makes the embedded Vulkan the one Dawn will load in this process.
 *
 * @returns the environment in which the loader sees SwiftShader and no other driver
 * @throws AdapterError when the cache folder cannot be written or the loader cannot be loaded
 */
export async function loadEmbedded(embedded: EmbeddedVulkan): Promise<Environment> {
  const folder = join(cacheFolder(), `swiftshader-${embedded.version}`);
  try {
    if (!isComplete(folder)) await unpackInto(folder, embedded);
  } catch (error) {
    throw new AdapterError(
      `cannot unpack SwiftShader into ${folder}: ${error instanceof Error ? error.message : error}; set SNNMLP_CACHE_DIR to a folder that can be written`,
      { cause: error },
    );
  }
  await preload(join(folder, loaderFile));
  const driver = join(folder, driverFile);
  return { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver };
}

const isComplete = (folder: string): boolean => wantedFiles.every((file) => existsSync(join(folder, file)));

/** Several processes may do this at once: each unpacks aside and moves whole files into place. */
async function unpackInto(folder: string, { archive }: EmbeddedVulkan): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const aside = await mkdtemp(join(folder, "unpack-"));
  try {
    await unpack(archive, aside);
    for (const file of wantedFiles) await rename(join(aside, file), join(folder, file));
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function unpack(archive: string, folder: string): Promise<void> {
  const { extract } = await import("tar-stream");
  const entries = extract();
  const write = async () => {
    for await (const entry of entries) {
      const { name, type } = entry.header;
      if (type === "file" && wantedFiles.includes(name)) {
        await writeFile(join(folder, name), entry as AsyncIterable<Uint8Array>, { mode: 0o755 });
      } else {
        for await (const _ of entry);
      }
    }
  };
  await Promise.all([pipeline(createReadStream(archive), createBrotliDecompress(), entries), write()]);
  if (!isComplete(folder)) throw new Error(`${archive} lacks one of ${wantedFiles.join(", ")}`);
}

/** Loaded once and kept: Dawn asks for `libvulkan.so.1` by name and gets the one that is already in the process. */
let loaded: { unload(): void } | undefined;

async function preload(path: string): Promise<void> {
  if (loaded || /\/libvulkan\.so\.1/.test(readFileSync("/proc/self/maps", "utf8"))) return;
  try {
    loaded = (await import("koffi")).load(path);
  } catch (error) {
    throw new AdapterError(`cannot load ${path}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
