import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Backend, Device, openDevice } from "@snnmlp/tensor";
import { selfTest } from "snnmlp";
import { expect, it } from "vitest";
import { runCli } from "./support/cli.js";

const kernelFolder = fileURLToPath(new URL("../packages/kernels-wgsl/src", import.meta.url));

it("every kernel of this adapter agrees with its reference", async () => {
  await using device = await openDevice({ software: "allow" });
  const { ok, checks } = await selfTest(device);
  expect(checks.filter((check) => !check.ok)).toEqual([]);
  expect(ok).toBe(true);
  const folders = readdirSync(kernelFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const launched = new Set(checks.map(({ kernel }) => kernel.split("/")[0]));
  // GELU's folder holds a function that other kernels include, tuning's no kernel; no op launches the ceilings.
  const noOps = ["ceilings", "gelu", "tuning"];
  const untested = folders.map(({ name }) => name).filter((name) => !noOps.includes(name) && !launched.has(name));
  expect(untested).toEqual([]);
});

it("a kernel that computes nothing, or half, is named", async () => {
  for (const broken of ["softmax/forward", "lif/scalars", "elementwise/gelu"]) {
    await using device = await openDevice({ software: "allow" });
    const launch: Backend["launch"] = (op, planned, bindings) => {
      const [x, y, z] = planned.grid;
      const skipped =
        planned.kernel.name === broken ? { ...planned, grid: [Math.floor(x / 2), y, z] as const } : planned;
      device.backend.launch(op, skipped, bindings);
    };
    const lame = new Proxy(device.backend, {
      get: (backend, key) => {
        if (key === "launch") return launch;
        const value: unknown = Reflect.get(backend, key);
        return typeof value === "function" ? value.bind(backend) : value;
      },
    });
    const { ok, checks } = await selfTest(new Device(lame, device.stats));
    const wrong = new Set(checks.filter((check) => !check.ok).map(({ kernel }) => kernel.split(" ")[0]));
    expect({ ok, named: wrong.has(broken) }).toEqual({ ok: false, named: true });
  }
});

it("snnmlp doctor lists adapters and passes its self-test", () => {
  const { code, stdout } = runCli(["doctor", "--json"], 120_000);
  const { ok, adapters, environment, selfTest: tested } = JSON.parse(stdout);
  expect({ code, ok, tested: tested.ok }).toEqual({ code: 0, ok: true, tested: true });
  expect(adapters.map(({ source }: { source: string }) => source)).toEqual(
    expect.arrayContaining(["hardware", "system", "embedded"]),
  );
  expect(environment[0]).toMatchObject({ name: "Node", status: "ok" });
});

it("snnmlp doctor with an adapter nobody has fails and says which there are", () => {
  const { code, stdout } = runCli(["doctor", "--adapter", "voodoo2"], 120_000);
  expect(code).toBe(1);
  expect(stdout).toMatch(/self-test: found no adapter "voodoo2"/);
});
