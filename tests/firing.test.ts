import { type Device, openDevice, openOracle, tensor } from "@snnmlp/tensor";
import { FiringProbe, SNNMLP } from "snnmlp";
import { describe, expect, it } from "vitest";
import { noise } from "./kernels/run-launch.js";
import { smallConfig } from "./support/small-training.js";

const preprocessing = { mean: [0.4], std: [0.3], padding: 0 };
const batchSize = 2;
const bytes = Uint8Array.from(noise(batchSize * 28 * 28, 3), (x) => 127 * (x + 1));

/** u = tau o + x, fired = u > vth, o = fired ? 0 : u, along axis 1 or 2 of x [B, H, W, C], as the paper writes it. */
function plainSpikes(x: Float64Array, shape: readonly number[], axis: 1 | 2, group: number, tau: number, vth: number) {
  const [B = 0, H = 0, W = 0, C = 0] = shape;
  const fired = new Map<string, number>();
  const length = axis === 1 ? H : W;
  for (let b = 0; b < B; b++)
    for (let line = 0; line < (axis === 1 ? W : H); line++)
      for (let c = 0; c < C; c++)
        for (let first = 0; first + group <= length; first += group) {
          let o = 0;
          for (let j = first; j < first + group; j++) {
            const [h, w] = axis === 1 ? [j, line] : [line, j];
            const u = tau * o + (x[((b * H + h) * W + w) * C + c] ?? 0);
            const spike = u > vth;
            fired.set(`${b},${h},${w}`, (fired.get(`${b},${h},${w}`) ?? 0) + (spike ? 1 : 0));
            o = spike ? 0 : u;
          }
        }
  return fired;
}

/** Tau and Vth of every LIF its own, so that mixing them up is seen. */
async function modelOn(device: Device) {
  const model = new SNNMLP(device, smallConfig, { seed: 2 });
  const lifs = Object.keys(model.parameters).filter((name) => /lif[12]\.(tau|Vth)$/.test(name));
  for (const [i, name] of lifs.entries())
    model.parameters[name]?.write([name.endsWith("tau") ? 0.2 + 0.1 * i : 0.02 * i]);
  return { model, lifs: lifs.length / 2 };
}

describe("FiringProbe", () => {
  it("agrees with plain loops over the LIF's formula, on the oracle", async () => {
    await using device = openOracle();
    const { model, lifs } = await modelOn(device);
    const seen: { name: string; axis: 1 | 2; shape: readonly number[]; x: Float64Array; tau: number; vth: number }[] =
      [];
    const taps: Promise<unknown>[] = [];
    const onLif: NonNullable<Parameters<SNNMLP["forward"]>[1]>["onLif"] = (name, x, tau, vth, axis) => {
      const values = Promise.all([x, tau, vth].map((t) => device.readExact(t)));
      taps.push(
        values.then(([x = new Float64Array(), tau, vth]) => {
          seen.push({
            name,
            axis,
            shape: [2, ...(name.startsWith("layers.0") ? [14, 14, 8] : [7, 7, 16])],
            x,
            tau: tau?.[0] ?? 0,
            vth: vth?.[0] ?? 0,
          });
        }),
      );
    };
    const images = Float64Array.from(bytes, (byte) => (byte - 255 * 0.4) / (255 * 0.3));
    model.forward(tensor(device, images, [2, 28, 28, 1]), { onLif });
    await Promise.all(taps);
    using probe = await FiringProbe.create(model, batchSize, preprocessing);
    const found = await probe.measure(bytes);
    expect(found.map(({ name }) => name)).toEqual(seen.map(({ name }) => name));
    expect(found).toHaveLength(lifs);
    for (const [i, { name, axis, shape, x, tau, vth }] of seen.entries()) {
      const { map = new Float32Array(), share, tau: gotTau, vth: gotVth, ...site } = found[i] ?? {};
      expect([gotTau, gotVth]).toEqual([tau, vth].map(Math.fround));
      const [, H = 0, W = 0, C = 1] = shape;
      expect(site).toEqual({ name, axis: axis === 1 ? "H" : "W", height: H, width: W, active: H === 14 ? 12 : 4 });
      const expected = plainSpikes(x, shape, axis, 4, tau, vth);
      let [sum, count] = [0, 0];
      map.forEach((value, k) => {
        const at = `${Math.floor(k / (H * W))},${Math.floor(k / W) % H},${k % W}`;
        const fired = expected.get(at);
        if (fired !== undefined) [sum, count] = [sum + fired / C, count + 1];
        expect(value).toBeCloseTo((fired ?? 0) / C, 6);
      });
      expect(count).toBe(2 * 7 * (H === 14 ? 24 : 4));
      expect(share).toBeCloseTo(sum / count, 6);
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThan(1);
    }
  });

  it("gives the same on a GPU, leaves the model's bits alone, and says where there is no whole group", async () => {
    await using oracle = openOracle();
    await using device = await openDevice({ software: "allow" });
    const measure = async (on: Device) => {
      const { model } = await modelOn(on);
      const before = await model.stateDict();
      using probe = await FiringProbe.create(model, batchSize, preprocessing);
      const found = await probe.measure(bytes);
      expect(await model.stateDict()).toEqual(before);
      expect(await probe.measure(bytes)).toEqual(found);
      return found.map(({ share }) => share ?? Number.NaN);
    };
    const exact = await measure(oracle);
    for (const [i, share] of (await measure(device)).entries()) expect(share).toBeCloseTo(exact[i] ?? 0, 3);

    const small = { ...smallConfig, imageSize: 16, patchSize: 4 } as const;
    using probe = await FiringProbe.create(new SNNMLP(oracle, small), 1, preprocessing);
    const shares = (await probe.measure(new Uint8Array(256))).map(({ share }) => share);
    expect(shares).toEqual([expect.any(Number), expect.any(Number), null, null, null, null]);
    using none = await FiringProbe.create(new SNNMLP(oracle, { ...small, lifGroup: -1 }), 1, preprocessing);
    expect(await none.measure(new Uint8Array(256))).toEqual([]);
  });
});
