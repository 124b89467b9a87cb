import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { run, withDevice } from "./child.js";

const cache = mkdtempSync(join(tmpdir(), "snnmlp-lifetime-"));
afterAll(() => rmSync(cache, { recursive: true }));

const environment = { SNNMLP_CACHE_DIR: cache };
const adapters = process.platform === "linux" && process.arch === "x64" ? ["", "swiftshader"] : [""];

describe.each(adapters)("a process with a device on adapter '%s'", (SNNMLP_ADAPTER) => {
  const start = (then: string) => run(withDevice(then), { ...environment, SNNMLP_ADAPTER });

  it("ends by itself while the device is alive", async () => {
    expect(await start(`await dispatch(device); console.log("done")`)).toMatchObject({ code: 0, stdout: "done\n" });
  });

  it("ends by itself after the device is destroyed", async () => {
    const ended = await start(`await dispatch(device); device.destroy(); console.log((await device.lost).reason)`);
    expect(ended).toMatchObject({ code: 0, stdout: "destroyed\n" });
  });

  it("keeps its exit code with work in flight", async () => {
    const ended = await start(`submit(device).mapAsync(1); process.exit(3)`);
    expect(ended).toMatchObject({ code: 3, signal: null });
  });

  it("ends with code 1 at an uncaught error", async () => {
    const ended = await start(`submit(device); throw new RangeError("mine")`);
    expect(ended).toMatchObject({ code: 1, signal: null });
    expect(ended.stderr).toContain("RangeError: mine");
  });

  it("uses no CPU while the device waits", async () => {
    const ended = await start(`
      await dispatch(device);
      const before = process.cpuUsage();
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const { user, system } = process.cpuUsage(before);
      console.log((user + system) / 1000);`);
    expect(ended.code).toBe(0);
    expect(Number(ended.stdout)).toBeLessThan(50);
  });

  it("opens two devices one after the other, and two at once", async () => {
    const ended = await start(`
      await dispatch(device);
      device.destroy();
      const second = await open();
      const third = await open();
      console.log((await dispatch(second)).length, (await dispatch(third)).length);
      second.destroy();
      third.destroy();`);
    expect(ended).toMatchObject({ code: 0, stdout: "1 1\n" });
  });
});
