import {
  add,
  compile,
  type Device,
  makeSlab,
  mul,
  reshape,
  type Slab,
  scope,
  type Tensor,
  tensor,
} from "@snnmlp/tensor";
import { describe, expect, test } from "vitest";
import { testDevices } from "../support/check-op.js";
import { spyOn } from "../support/spy-device.js";

type Vector = Tensor<readonly [4], "f32">;

/** What a case does with an input and a slab of two places, and how many copies a Program needs for it. */
interface Case {
  readonly copies: number;
  readonly run: (device: Device, x: Vector, slab: Slab) => Record<string, Tensor>;
}

const at = (slab: Slab, name: "a" | "b"): Tensor => {
  const found = slab.tensors[name];
  if (!found) throw new Error(name);
  return found;
};

const cases: Record<string, Case> = {
  "a result goes straight to its place": {
    copies: 0,
    run: (device, x, slab) => {
      device.place("test", mul(x, 2), at(slab, "a"));
      device.place("test", mul(x, 3), at(slab, "b"));
      return { read: mul(at(slab, "a") as Vector, 1) };
    },
  },
  "a result that was reshaped goes straight there too": {
    copies: 0,
    run: (device, x, slab) => {
      device.place("test", reshape(reshape(mul(x, 2), [2, 2]), [4]), at(slab, "a"));
      return { read: mul(at(slab, "a") as Vector, 1) };
    },
  },
  "a result that is also read goes straight there": {
    copies: 0,
    run: (device, x, slab) => {
      const y = mul(x, 2);
      const before = add(y, 1);
      device.place("test", y, at(slab, "a"));
      return { read: add(before, y) };
    },
  },
  "an output of the Program is copied": {
    copies: 1,
    run: (device, x, slab) => {
      const y = mul(x, 2);
      device.place("test", y, at(slab, "a"));
      return { y };
    },
  },
  "a tensor from outside is copied": {
    copies: 1,
    run: (device, x, slab) => {
      device.place("test", x, at(slab, "a"));
      return { read: mul(at(slab, "a") as Vector, 1) };
    },
  },
  "a place that is read while the result is made keeps its old values until then": {
    copies: 1,
    run: (device, x, slab) => {
      const y = mul(x, 2);
      const old = mul(at(slab, "a") as Vector, 10);
      device.place("test", y, at(slab, "a"));
      return { old, read: mul(at(slab, "a") as Vector, 1) };
    },
  },
  "a place beside one the same dispatch reads is copied to": {
    copies: 1,
    run: (device, _, slab) => {
      const y = mul(at(slab, "b") as Vector, 2);
      device.place("test", y, at(slab, "a"));
      return { read: mul(at(slab, "a") as Vector, 1) };
    },
  },
  "two results of which one is made from the other: one goes straight there": {
    copies: 1,
    run: (device, x, slab) => {
      const y = mul(x, 2);
      const z = mul(y, 3);
      device.place("test", y, at(slab, "a"));
      device.place("test", z, at(slab, "b"));
      return { read: mul(at(slab, "b") as Vector, 1) };
    },
  },
  "one result in two places": {
    copies: 2,
    run: (device, x, slab) => {
      const y = mul(x, 2);
      device.place("test", y, at(slab, "a"));
      device.place("test", y, at(slab, "b"));
      return { read: mul(at(slab, "b") as Vector, 1) };
    },
  },
  "a place that is overwritten while the result is still read": {
    copies: 1,
    run: (device, x, slab) => {
      const y = mul(x, 2);
      device.place("test", y, at(slab, "a"));
      device.place("test", mul(x, 5), at(slab, "a"));
      return { read: add(y, 0) };
    },
  },
  "a result of which another is placed before it is last read": {
    copies: 1,
    run: (device, x, slab) => {
      const y = mul(x, 2);
      device.place("test", y, at(slab, "a"));
      const z = mul(x, 5);
      const read = add(y, 1);
      device.place("test", z, at(slab, "a"));
      return { read };
    },
  },
};

describe.each(["oracle", "tuned"] as const)("on %s", async (which) => {
  const plain = (await testDevices())[which];

  test.each(Object.entries(cases))("%s", async (_, { copies, run }) => {
    const { device, programs } = spyOn(plain);
    using _all = scope(device);
    const x = tensor(device, [1, 2, 3, 4], [4]);
    const fresh = () => {
      const slab = makeSlab(device, "slab", { a: [4], b: [4] });
      at(slab, "a").write([-1, -2, -3, -4]);
      at(slab, "b").write([-5, -6, -7, -8]);
      return slab;
    };
    const read = async (results: Record<string, Tensor>, slab: Slab) => {
      const all: Record<string, Tensor> = { ...results, ...slab.tensors };
      const values: Record<string, number[]> = {};
      for (const [name, t] of Object.entries(all)) values[name] = [...(await t.read())].map(Number);
      return values;
    };
    const [eagerly, recorded] = [fresh(), fresh()];
    const expected = await read(run(device, x, eagerly), eagerly);
    const program = await compile(device, { x }, () => run(device, x, recorded));
    expect(await read(program.run(), recorded)).toEqual(expected);
    const steps = programs[0] ?? [];
    expect(steps.filter(({ kind }) => kind === "copy").length, "copies").toBe(copies);
    program.dispose();
  });
});
