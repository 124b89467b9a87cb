import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { printError, printSubgroupSize, run, withDevice } from "./child.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "snnmlp-embedded-"));
afterAll(() => rmSync(scratch, { recursive: true }));

let folders = 0;
function newFolder(): string {
  folders += 1;
  const folder = join(scratch, String(folders));
  mkdirSync(folder);
  return folder;
}

/** A machine without a Vulkan loader: the dynamic linker finds this empty file first and gives up. */
function noLoader(): string {
  const folder = newFolder();
  writeFileSync(join(folder, "libvulkan.so.1"), "");
  return folder;
}

/** The packages as `npm ci --omit=optional` leaves them. */
function withoutOptional(): string {
  const folder = newFolder();
  for (const name of ["tensor", "kernels-wgsl"]) {
    for (const part of ["package.json", "dist"]) {
      const from = join(root, "packages", name, part);
      cpSync(from, join(folder, "node_modules", "@snnmlp", name, part), { recursive: true });
    }
  }
  for (const name of ["webgpu", "zod"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  return folder;
}

describe.skipIf(process.platform !== "linux" || process.arch !== "x64")("the Vulkan from npm", () => {
  const cache = newFolder();

  it("runs where no Vulkan loader is installed, in subgroups of 4", async () => {
    const ended = await run(printSubgroupSize, { LD_LIBRARY_PATH: noLoader(), SNNMLP_CACHE_DIR: cache });
    expect(ended).toMatchObject({ code: 0, stdout: "swiftshader 4\n" });
  });

  it("runs where a loader but no driver is installed", async () => {
    const ended = await run(printSubgroupSize, { VK_DRIVER_FILES: "/nowhere", SNNMLP_CACHE_DIR: cache });
    expect(ended).toMatchObject({ code: 0, stdout: "swiftshader 4\n" });
  });

  it("is chosen by name whatever else is installed, and leaves the environment as it was", async () => {
    const program = `${printSubgroupSize} console.log(process.env.VK_DRIVER_FILES, process.env.VK_ICD_FILENAMES)`;
    const ended = await run(program, { SNNMLP_ADAPTER: "SwiftShader", SNNMLP_CACHE_DIR: cache });
    expect(ended).toMatchObject({ code: 0, stdout: "swiftshader 4\nundefined undefined\n" });
  });

  it("is unpacked once by several processes that start together", async () => {
    const fresh = join(newFolder(), "not", "there", "yet");
    const environment = { SNNMLP_ADAPTER: "swiftshader", SNNMLP_CACHE_DIR: fresh };
    const all = await Promise.all([1, 2, 3, 4].map(() => run(printSubgroupSize, environment)));
    expect(all.map(({ code, stdout }) => [code, stdout])).toEqual(all.map(() => [0, "swiftshader 4\n"]));
    expect(readdirSync(fresh)).toEqual(["swiftshader-141.0.0"]);
    const files = ["libvk_swiftshader.so", "libvulkan.so.1", "vk_swiftshader_icd.json"];
    expect(readdirSync(join(fresh, "swiftshader-141.0.0")).sort()).toEqual(files);
  });

  it("is unpacked again when a file was deleted from the cache", async () => {
    const folder = newFolder();
    const environment = { SNNMLP_ADAPTER: "swiftshader", SNNMLP_CACHE_DIR: folder };
    expect(await run(printSubgroupSize, environment)).toMatchObject({ code: 0 });
    const driver = join(folder, "swiftshader-141.0.0", "libvk_swiftshader.so");
    rmSync(driver);
    expect(await run(printSubgroupSize, environment)).toMatchObject({ code: 0, stdout: "swiftshader 4\n" });
    expect(existsSync(driver)).toBe(true);
  });

  it("says so when the cache folder cannot be written", async () => {
    const file = join(newFolder(), "file");
    writeFileSync(file, "");
    const ended = await run(printError(`findAdapter({ adapter: "swiftshader", software: "allow" })`), {
      SNNMLP_CACHE_DIR: file,
    });
    expect(ended.stdout).toMatch(`AdapterError: cannot unpack SwiftShader into ${file}/swiftshader-141.0.0: E`);
    expect(ended.stdout).toMatch("set SNNMLP_CACHE_DIR to a folder that can be written");
  });

  it("is refused unless software is allowed, and not even unpacked", async () => {
    const folder = join(newFolder(), "cache");
    const ended = await run(printError("findAdapter()"), { VK_DRIVER_FILES: "/nowhere", SNNMLP_CACHE_DIR: folder });
    expect(ended.stdout).toMatchInlineSnapshot(`
      "SoftwareRefusedError: found no GPU, only software: SwiftShader from the npm package @sparticuz/chromium. It computes the same on the CPU, much slower
        to allow it, pass { software: "allow" }, the option --allow-software, or set SNNMLP_ALLOW_SOFTWARE=1
        Vulkan lists no GPU; install the GPU vendor's Vulkan driver
      "
    `);
    expect(existsSync(folder)).toBe(false);
  });
});

describe.skipIf(process.platform !== "linux")("no adapter at all", () => {
  const noAdapter = printError(`findAdapter({ software: "allow" })`);

  it("names each source, what it lacks and how to get it", async () => {
    const folder = withoutOptional();
    const ended = await run(noAdapter, { LD_LIBRARY_PATH: noLoader(), VK_DRIVER_FILES: "/nowhere" }, { folder });
    expect(ended.stdout).toMatchInlineSnapshot(`
      "NoAdapterError: found no adapter
        hardware: Vulkan lists no GPU; install the GPU vendor's Vulkan driver
        system: VK_DRIVER_FILES or VK_ICD_FILENAMES (/nowhere) names no lavapipe
        embedded: the optional packages @sparticuz/chromium, koffi and tar-stream are not all installed; npm install @sparticuz/chromium koffi tar-stream (npm skips them with --omit=optional)
      "
    `);
  });

  it("says when Mesa is there but too old for Dawn", async () => {
    const lavapipe = join(newFolder(), "lvp_icd.x86_64.json");
    writeFileSync(lavapipe, "{}");
    const environment = { LD_LIBRARY_PATH: noLoader(), VK_DRIVER_FILES: lavapipe };
    const ended = await run(noAdapter, environment, { folder: withoutOptional() });
    expect(ended.stdout).toContain(`system: lavapipe is installed (${lavapipe}), but Dawn rejects it`);
    expect(ended.stdout).toContain("apt-get install -t bookworm-backports mesa-vulkan-drivers");
  });

  it("says when nvidia-smi sees a GPU that Vulkan does not", async () => {
    const bin = newFolder();
    const script = "#!/bin/sh\necho 'GPU 0: NVIDIA H200 (UUID: GPU-1)'\n";
    writeFileSync(join(bin, "nvidia-smi"), script, { mode: 0o755 });
    const environment = { PATH: bin, LD_LIBRARY_PATH: noLoader(), VK_DRIVER_FILES: "/nowhere" };
    const ended = await run(noAdapter, environment, { folder: withoutOptional() });
    expect(ended.stdout).toContain("hardware: nvidia-smi sees NVIDIA H200, but its Vulkan driver is not installed");
    expect(ended.stdout).toContain("NVIDIA_DRIVER_CAPABILITIES=compute,utility,graphics");
  });

  it("ends the program with code 1 when nobody catches the error", async () => {
    const folder = withoutOptional();
    const ended = await run(withDevice(`console.log("opened")`), { VK_DRIVER_FILES: "/nowhere" }, { folder });
    expect(ended).toMatchObject({ code: 1, signal: null, stdout: "" });
    expect(ended.stderr).toContain("NoAdapterError: found no adapter");
  });
});
