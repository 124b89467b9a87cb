import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inspectEnvironment } from "snnmlp";
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "environment-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Findings on a machine that has just these files. */
function machine(name: string, files: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const root = join(folder, name);
  for (const file of files) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), "");
  }
  const findings = inspectEnvironment({ root, platform: "linux", environment });
  return new Map(findings.map((finding) => [finding.name, finding]));
}

it("a bare machine lacks a loader and drivers, and is told what to install", () => {
  const found = machine("bare", []);
  expect(found.get("Node")?.status).toBe("ok");
  expect(found.get("MNIST")?.status).toBe("ok");
  expect(found.get("Vulkan loader")?.fix).toContain("apt install libvulkan1");
  expect(found.get("Vulkan drivers")?.fix).toContain("mesa-vulkan-drivers");
  expect(found.get("Graphics devices")?.detail).toBe("none: everything runs on the CPU");
});

it("a machine with Mesa lacks nothing", () => {
  const found = machine("mesa", ["usr/lib/x86_64-linux-gnu/libvulkan.so.1", "usr/share/vulkan/icd.d/lvp_icd.json"]);
  expect([...found.values()].filter(({ status }) => status === "missing")).toEqual([]);
});

it("an NVIDIA driver without its Vulkan half is named", () => {
  const files = ["proc/driver/nvidia/version", "usr/share/vulkan/icd.d/lvp_icd.json"];
  expect(machine("half", files).get("Graphics devices")).toMatchObject({
    status: "missing",
    fix: expect.stringContaining("NVIDIA_DRIVER_CAPABILITIES=all"),
  });
  const whole = [...files, "etc/vulkan/icd.d/nvidia_icd.json"];
  expect(machine("whole", whole).get("Graphics devices")).toMatchObject({ status: "ok", detail: "NVIDIA" });
});

it("VK_DRIVER_FILES replaces the system's drivers", () => {
  const found = machine("named", ["usr/share/vulkan/icd.d/lvp_icd.json"], { VK_DRIVER_FILES: "/nowhere/icd.json" });
  expect(found.get("Vulkan drivers")?.status).toBe("missing");
});
