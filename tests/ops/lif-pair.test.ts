import { type Device, lif, lifPair, scope, type TapeEntry, type Tensor, tensor } from "@snnmlp/tensor";
import { expect, test } from "vitest";
import { expectClose, noise } from "../kernels/run-launch.js";
import { testDevices } from "../support/check-op.js";

const names = ["x", "tauH", "vthH", "tauW", "vthW"] as const;

function inputsOn(device: Device, shape: readonly [number, number, number, number]) {
  const size = shape.reduce((a, b) => a * b);
  const x = tensor(
    device,
    noise(size, 5).map((value) => Math.round(8 * value) / 8 + 1 / 1200),
    shape,
  );
  const scalar = (value: number) => tensor(device, [value], [1]);
  return { x, tauH: scalar(0.5), vthH: scalar(0.25), tauW: scalar(0.25), vthW: scalar(0.125) };
}

/** What `run` makes, and the gradients of its results times dys, by input, added over all recorded steps. */
async function traced(
  device: Device,
  inputs: ReturnType<typeof inputsOn>,
  dys: readonly (Tensor | undefined)[],
  run: () => readonly Tensor[],
) {
  const entries: TapeEntry[] = [];
  device.tapes.push({ watches: () => true, record: (entry) => entries.push(entry) });
  const ys = run();
  device.tapes.pop();
  const gradients = new Map<string, Float64Array>();
  for (const entry of entries) {
    const wants = Object.fromEntries(Object.keys(entry.inputs).map((key) => [key, true]));
    const found = entry.vjp(
      entry.outputs.map((y) => dys[ys.indexOf(y)]),
      wants,
      {},
    );
    for (const [key, gradient] of Object.entries(found)) {
      const name = names.find((each) => inputs[each] === entry.inputs[key]);
      if (!gradient || !name) continue;
      const values = await device.readExact(gradient);
      gradients.set(
        name,
        values.map((value, i) => value + (gradients.get(name)?.[i] ?? 0)),
      );
    }
  }
  return { ys: await Promise.all(ys.map((y) => device.readExact(y))), gradients };
}

const shape = [2, 7, 10, 12] as const;

test.each([
  ["oracle", 4],
  ["naive", 4],
  ["tuned", 4],
  ["tuned", 5],
  ["tuned", -1],
] as const)("lifPair on %s in groups of %i is two lifs", async (which, group) => {
  const device = (await testDevices())[which];
  using _all = scope(device);
  const inputs = inputsOn(device, shape);
  const { x, ...scalars } = inputs;
  const dyH = tensor(
    device,
    noise(x.size, 1).map((g) => g + 0.75),
    shape,
  );
  const dyW = tensor(
    device,
    noise(x.size, 2).map((g) => g + 0.75),
    shape,
  );
  for (const dys of [
    [dyH, dyW],
    [dyH, undefined],
    [undefined, dyW],
  ]) {
    const pair = await traced(device, inputs, dys, () => lifPair(x, scalars, { group }));
    const two = await traced(device, inputs, dys, () => {
      const yH = lif(x, scalars.tauH, scalars.vthH, { axis: 1, group });
      const yW = lif(x, scalars.tauW, scalars.vthW, { axis: 2, group });
      return [yH, yW].filter((_, i) => dys[i]);
    });
    expect(pair.ys.filter((_, i) => dys[i])).toEqual(two.ys);
    for (const [name, gradient] of two.gradients) {
      expectClose(pair.gradients.get(name) ?? new Float64Array(), gradient, "f32", `${which}: gradient of ${name}`);
    }
  }
});

test("the shape is checked", async () => {
  const { oracle } = await testDevices();
  const { x, ...scalars } = inputsOn(oracle, [1, 2, 3, 4]);
  expect(() => lifPair(tensor(oracle, [1, 2], [2]), scalars, { group: 4 })).toThrow(
    "lifPair: x must be [B, H, W, C], got [2]",
  );
  expect(() => lifPair(x, { ...scalars, vthW: x }, { group: 4 })).toThrow(
    "lifPair: vthW must have one element, got [1, 2, 3, 4]",
  );
});
