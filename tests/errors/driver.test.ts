import { kernel, type Launch } from "@snnmlp/kernels-wgsl";
import { add, compile, type Device, DeviceError, mul, openDevice, scope, tensor } from "@snnmlp/tensor";
import { describe, expect, test } from "vitest";
import { run, withDevice } from "../device/child.js";

/** A launch of a shader that is no good. */
const broken = (code: string, grid: Launch["grid"] = [1, 1, 1]): Launch => ({
  kernel: kernel(`test/${code.length}`, code),
  params: new Uint32Array(),
  grid,
  bytes: 0,
  flops: 0,
  reference: () => undefined,
});

const fine = `@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() { y[0] = 1.0; }`;
const typo = `@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() {
  y[0] = onee;
}`;

/** A device of its own for each test: an error of the driver ends its device. */
async function withOwn(body: (device: Device) => Promise<void>): Promise<void> {
  const device = await openDevice({ software: "allow" });
  try {
    await body(device);
  } finally {
    await device.close();
  }
}

const failureOf = async (work: Promise<unknown>): Promise<DeviceError> => {
  const cause: unknown = await work.catch((error: unknown) => error);
  if (cause instanceof DeviceError) return cause;
  throw new Error(`expected a DeviceError, got ${cause}`);
};

describe("a shader that does not compile", () => {
  test("names the kernel and the line", () =>
    withOwn(async (device) => {
      const y = device.empty("typo", [4], "f32");
      // Drivers may tell at once or at the next await.
      const failure = await failureOf(
        (async () => {
          device.launch("typo", broken(typo), [y]);
          await y.read();
        })(),
      );
      expect(failure.kind).toBe("validation");
      expect(failure.message).toMatch(/^near op typo: /);
      expect(failure.message).toContain(`test/${typo.length}`);
      expect(failure.message).toMatch(/:3:10 error: unresolved value 'onee'/);
    }));

  test("is told by compile()", () =>
    withOwn(async (device) => {
      const failure = await failureOf(
        compile(device, {}, () => {
          const y = device.empty("typo", [4], "f32");
          device.launch("typo", broken(typo), [y]);
          return y;
        }),
      );
      expect(failure.message).toContain(`kernel test/${typo.length} does not compile: `);
      expect(failure.message).toMatch(/:3:10 error: unresolved value 'onee'/);
      // Nothing of it stays, and the device is as good as before.
      expect(device.stats.liveBytes).toBe(0);
      expect(await add(tensor(device, [1], [1]), 1).item()).toBe(2);
    }));
});

describe("a validation error", () => {
  const tooWide = broken(fine, [100_000, 1, 1]);

  test("surfaces at the next await, and at every later use", () =>
    withOwn(async (device) => {
      const y = device.empty("wide", [4], "f32");
      const x = tensor(device, [1, 2], [2]);
      device.launch("wide", tooWide, [y]);
      const failure = await failureOf(y.read());
      expect(failure.message).toMatch(/^near op wide: /);
      expect(failure.message).toContain("100000");
      expect(await failureOf(device.idle())).toBe(failure);
      expect(await failureOf(x.read())).toBe(failure);
      expect(() => add(x, 1)).toThrow(failure);
      expect(() => tensor(device, [1], [1])).toThrow(failure);
      expect(() => x.write([3, 4])).toThrow(failure);
      expect(await failureOf(compile(device, { x }, () => mul(x, 2)))).toBe(failure);
      x.dispose();
    }));

  test("surfaces from a Program's run", () =>
    withOwn(async (device) => {
      const program = await compile(device, {}, () => {
        const y = device.empty("wide", [4], "f32");
        device.launch("wide", tooWide, [y]);
        return y;
      });
      const failure = await failureOf(program.run().read());
      expect(failure.message).toContain("100000");
      program.dispose();
    }));

  test("ends a process that does not catch it with code 1 and its text", async () => {
    const ended = await run(
      withDevice(`
        const y = device.empty("wide", [4], "f32");
        const kernel = { name: "wide", key: "wide", code: ${JSON.stringify(fine)}, uniform: false, access: ["write"] };
        device.launch("wide", { kernel, params: new Uint32Array(), grid: [100000, 1, 1], bytes: 0, flops: 0 }, [y]);
        console.log(await y.read());`),
      { SNNMLP_ADAPTER: process.env.SNNMLP_ADAPTER ?? "" },
    );
    expect(ended).toMatchObject({ code: 1, signal: null, stdout: "" });
    expect(ended.stderr).toMatch(/DeviceError: near op wide: /);
  });
});

describe("a closed device", () => {
  const closed = "this device was closed; open another with openDevice()";

  test("says so at every use, and may be closed and cleaned up after again", async () => {
    const device = await openDevice({ software: "allow" });
    const outer = scope(device);
    const x = tensor(device, [1, 2], [2]);
    const program = await compile(device, { x }, () => mul(x, 2));
    await device.close();
    await device.close();
    expect(() => tensor(device, [1], [1])).toThrow(closed);
    expect(() => add(x, 1)).toThrow(closed);
    expect(() => x.write([3, 4])).toThrow(closed);
    expect(() => program.run()).toThrow(closed);
    expect((await failureOf(x.read())).kind).toBe("closed");
    expect((await failureOf(device.idle())).message).toBe(closed);
    expect((await failureOf(compile(device, { x }, () => mul(x, 2)))).message).toBe(closed);
    x.dispose();
    program.dispose();
    outer.end();
    expect(device.stats.liveTensors).toBe(0);
  });

  test("work that was queued before finishes first", async () => {
    const device = await openDevice({ software: "allow" });
    let x = tensor(device, [1], [1]);
    for (let i = 0; i < 1000; i++) x = add(x, 1);
    const value = x.item();
    await device.close();
    expect(await value).toBe(1001);
  });
});
