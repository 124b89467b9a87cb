import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { run, withDevice } from "./child.js";

const cache = mkdtempSync(join(tmpdir(), "snnmlp-lifetime-"));
afterAll(() => rmSync(cache, { recursive: true }));

const adapters = process.platform === "linux" && process.arch === "x64" ? ["", "swiftshader"] : [""];

describe.each(adapters)("a process with a device on adapter '%s'", (SNNMLP_ADAPTER) => {
  const start = (then: string) => run(withDevice(then), { SNNMLP_CACHE_DIR: cache, SNNMLP_ADAPTER });

  it("ends by itself while the device is alive", async () => {
    expect(await start(`console.log(await sum(device))`)).toMatchObject({ code: 0, stdout: "134\n" });
  });

  it("ends by itself after close", async () => {
    const ended = await start(`console.log(await sum(device)); await device.close(); await device.close();`);
    expect(ended).toMatchObject({ code: 0, stdout: "134\n" });
  });

  it("ends by itself while nobody waits for a read", async () => {
    expect(await start(`product(device).read()`)).toMatchObject({ code: 0, signal: null });
  });

  it("keeps its exit code with work in flight", async () => {
    expect(await start(`product(device).read(); process.exit(3)`)).toMatchObject({ code: 3, signal: null });
  });

  it("ends with code 1 at an uncaught error with work in flight", async () => {
    const ended = await start(`product(device).read(); throw new RangeError("mine")`);
    expect(ended).toMatchObject({ code: 1, signal: null });
    expect(ended.stderr).toContain("RangeError: mine");
  });

  it("uses no CPU while the device waits", async () => {
    const ended = await start(`
      await sum(device);
      const before = process.cpuUsage();
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const { user, system } = process.cpuUsage(before);
      console.log((user + system) / 1000);`);
    expect(ended.code).toBe(0);
    expect(Number(ended.stdout)).toBeLessThan(50);
  });

  it("opens devices one after the other, and two at once", async () => {
    const ended = await start(`
      const sums = [await sum(device)];
      await device.close();
      for (let cycle = 0; cycle < 2; cycle++) {
        const first = await openDevice({ software: "allow" });
        const second = await openDevice({ software: "allow" });
        sums.push(...(await Promise.all([sum(first), sum(second)])));
      }
      console.log(...sums);`);
    expect(ended).toMatchObject({ code: 0, stdout: "134 134 134 134 134\n" });
  });

  it("puts nothing on globalThis but what zod keeps there for all its copies", async () => {
    const ended = await run(
      `const before = Reflect.ownKeys(globalThis);
       const { matmul, openDevice, tensor } = await import("@snnmlp/tensor");
       const device = await openDevice({ software: "allow" });
       await tensor(device, [1], [1]).read();
       console.log(Reflect.ownKeys(globalThis).filter((key) => !before.includes(key) && !/^__zod/.test(String(key))));`,
      { SNNMLP_CACHE_DIR: cache, SNNMLP_ADAPTER },
    );
    expect(ended).toMatchObject({ code: 0, stdout: "[]\n" });
  });
});
