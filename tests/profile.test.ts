import {
  type Clock,
  compile,
  type Device,
  openDevice,
  openOracle,
  profile,
  square,
  type Tensor,
  tensor,
} from "@snnmlp/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let device: Device;
beforeAll(async () => {
  device = await openDevice({ software: "allow" });
});
afterAll(() => device.close());

/** `square` of `x`, `count` times over. */
function squares(x: Tensor, count: number): Tensor {
  let y = square(x);
  for (let i = 1; i < count; i++) y = square(y);
  return y;
}

/** A run and the read of its result together are one submit. */
async function runsInOneSubmit(program: { run(): { y: Tensor } }): Promise<void> {
  const before = device.stats.submits;
  await program.run().y.read();
  expect(device.stats.submits).toBe(before + 1);
}

const clocks: Clock[] = ["gpu", "wall"];
const ones = (length: number) => tensor(device, new Float32Array(length).fill(1), [length]);

describe.each(clocks)("the %s clock", (clock) => {
  it("times every dispatch of a Program in order, and leaves the results alone", async () => {
    const x = ones(1 << 20);
    using program = await compile(device, { x }, ({ x }) => ({ y: squares(x, 3) }));
    await runsInOneSubmit(program);
    const { timings, wallMs, callMs, result } = await profile(
      device,
      async () => program.run({ x: new Float32Array(1 << 20).fill(2) }).y.read(),
      clock,
    );
    expect(result[5]).toBe(256);
    expect(timings.map(({ op, launch }) => [op, launch.kernel.name])).toEqual(
      Array.from({ length: 3 }, () => ["square", "elementwise/square"]),
    );
    let end = 0;
    for (const { start, duration } of timings) {
      expect(start).toBeGreaterThanOrEqual(end - 1e-3);
      expect(duration).toBeGreaterThan(0);
      end = start + duration;
    }
    expect(end).toBeLessThan(wallMs);
    expect(callMs).toBeGreaterThan(0);
    expect(callMs).toBeLessThan(wallMs);
    // What is written between two runs reaches the second one only.
    const written = await profile(
      device,
      async () => {
        const first = program.run().y.read();
        program.run({ x: new Float32Array(1 << 20).fill(1) });
        return [(await first)[0], (await program.outputs.y.read())[0]];
      },
      clock,
    );
    expect(written.result).toEqual([256, 1]);
    expect(written.timings).toHaveLength(6);
    // Afterwards a run is one submit again.
    await runsInOneSubmit(program);
  });

  it("times ops that run eagerly, more of them than fit one query set", async () => {
    const x = ones(4);
    const { timings } = await profile(device, async () => squares(x, 2500), clock);
    expect(timings).toHaveLength(2500);
    expect(timings.every(({ duration }) => duration >= 0)).toBe(true);
  });
});

it("stops timing when the work throws", async () => {
  const failing = profile(device, async () => {
    square(ones(4));
    throw new Error("no more");
  });
  await expect(failing).rejects.toThrow("no more");
  const { timings } = await profile(device, async () => square(ones(4)));
  expect(timings).toHaveLength(1);
});

it("refuses a device without a clock", async () => {
  await expect(profile(openOracle(), async () => undefined)).rejects.toThrow("profile: float64 oracle has no clock");
});
