import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdapterSummary } from "@snnmlp/tensor";
import { afterAll, expect, it } from "vitest";
import { run } from "./child.js";

const cache = mkdtempSync(join(tmpdir(), "snnmlp-list-"));
afterAll(() => rmSync(cache, { recursive: true }));

async function list(environment: Readonly<Record<string, string>>): Promise<AdapterSummary[]> {
  const program = `import { listAdapters } from "@snnmlp/tensor"; console.log(JSON.stringify(await listAdapters()))`;
  const ended = await run(program, { SNNMLP_CACHE_DIR: cache, ...environment });
  expect(ended).toMatchObject({ code: 0, signal: null });
  return JSON.parse(ended.stdout) as AdapterSummary[];
}

it("every source is listed, with an adapter or with the reason why not", async () => {
  const sources = await list({});
  expect(new Set(sources.map(({ source }) => source))).toEqual(new Set(["hardware", "system", "embedded"]));
  for (const entry of sources) {
    if ("reason" in entry) expect(entry.reason).not.toBe("");
    else expect(entry.limits.maxComputeInvocationsPerWorkgroup).toBeGreaterThanOrEqual(256);
  }
});

it.runIf(process.platform === "linux" && process.arch === "x64")(
  "a machine without drivers has SwiftShader",
  async () => {
    const [hardware, system, embedded] = await list({ VK_DRIVER_FILES: "/nowhere" });
    expect(hardware).toMatchObject({ source: "hardware", reason: "Vulkan lists no GPU" });
    expect(system).toMatchObject({ source: "system", reason: expect.stringMatching(/lavapipe|loader/) });
    expect(embedded).toMatchObject({ source: "embedded", kind: "swiftshader", software: true, subgroupSize: [4, 4] });
  },
);
