import {
  type BinaryName,
  binaryLaunch,
  binaryRows,
  broadcastShapes,
  castLaunch,
  dtypesOf,
  type ElementType,
  type Profile,
  scalarLaunch,
  type UnaryName,
  unaryGradLaunch,
  unaryLaunch,
  unaryRows,
  vectorRead,
  whereLaunch,
} from "@snnmlp/kernels-wgsl";
import { describe, expect, test } from "vitest";
import { checkLaunch, checkLaunches, input, noise, output, runOnGpu } from "./run-launch.js";
import { supported } from "./supported.js";

const naive: Profile = { kernels: "naive", kind: "lavapipe" };
const tuned: Profile = { kernels: "tuned", kind: "lavapipe" };
const product = (shape: readonly number[]): number => shape.reduce((total, dim) => total * dim, 1);
const names = Object.keys(unaryRows) as UnaryName[];
const binaryNames = Object.keys(binaryRows) as BinaryName[];

/** Arguments inside the function's domain, with exact zeros and halves among them where they are allowed. */
function argument(name: UnaryName | BinaryName, count: number, dtype: ElementType, seed = 1): Float64Array {
  const positive = name === "log" || name === "sqrt" || name === "rsqrt" || name === "reciprocal";
  return noise(count, seed).map((x, i) => {
    if (dtype === "i32") return Math.trunc(8 * x);
    if (dtype === "u32") return Math.trunc(3 + 3 * x);
    if (positive) return 0.1 + 4 * Math.abs(x);
    return i % 16 === 5 ? 0 : i % 16 === 9 ? Math.round(3 * x) - 0.5 : 3 * x;
  });
}

describe.each(names)("unary %s", (name) => {
  const row = unaryRows[name];
  const bounds = { low: -1, high: 2 };
  const low = dtypesOf[row.dtypes].includes("u32") ? { low: 1, high: 4 } : bounds;

  test.each(supported(dtypesOf[row.dtypes]).map((dtype) => [dtype]))("%s is its reference", async (dtype) => {
    for (const count of [1, 3, 4, 261]) {
      const limits = dtype === "u32" ? low : bounds;
      const launch = unaryLaunch(name, count, dtype, limits);
      await checkLaunch(launch, input(argument(name, count, dtype), dtype), output(count, row.result ?? dtype));
    }
  });

  test.runIf(row.grad)("gradient kernel is its reference, and that is the derivative", async () => {
    const count = 101;
    const x = input(argument(name, count, "f32").map((value) => value + 0.013));
    const y = input(x.values.map((value) => row.ref(value, bounds.low, bounds.high)));
    const kept = row.grad?.saves === "input" ? x : y;
    const dy = input(noise(count, 2));
    await checkLaunch(unaryGradLaunch(name, count, "f32", bounds), dy, kept, output(count));
    for (const at of x.values) {
      const h = 1e-5;
      const slope = (row.ref(at + h, bounds.low, bounds.high) - row.ref(at - h, bounds.low, bounds.high)) / (2 * h);
      const exact = row.grad?.saves === "input" ? at : row.ref(at, bounds.low, bounds.high);
      expect(row.grad?.ref(1, exact, bounds.low, bounds.high), `${name}'(${at})`).toBeCloseTo(slope, 5);
    }
  });
});

test("sine and cosine hold over many turns", async () => {
  const x = input(noise(1000).map((value) => 8000 * value));
  for (const name of ["sin", "cos"] as const) {
    const [, y] = await runOnGpu([[unaryLaunch(name, 1000, "f32"), [0, 1]]], [x, output(1000)]);
    const worst = x.values.reduce((most, value, i) => Math.max(most, Math.abs((y?.[i] ?? 9) - Math[name](value))), 0);
    expect(worst).toBeLessThan(2e-7);
  }
});

test("functions stay finite and right far outside", async () => {
  const far = Float64Array.of(-1000, -90, -20, -5, 5, 20, 90, 1000);
  for (const name of ["tanh", "sigmoid", "gelu", "silu", "relu"] as const) {
    await checkLaunch(unaryLaunch(name, far.length, "f32"), input(far), output(far.length));
  }
});

test("finite tells NaN and both infinities", async () => {
  const values = Float64Array.of(0, -0, 1e38, -1e-40, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  const [, finite] = await checkLaunch(unaryLaunch("finite", 7, "f32"), input(values), output(7, "u32"));
  expect([...(finite ?? [])]).toEqual([1, 1, 1, 1, 0, 0, 0]);
});

const shapes: [number[], number[]][] = [
  [[1], [1]],
  [[7], [7]],
  [[3, 64], [64]],
  [[64], [3, 64]],
  [
    [5, 7],
    [5, 1],
  ],
  [
    [5, 8],
    [5, 1],
  ],
  [
    [2, 3, 8],
    [2, 1, 8],
  ],
  [[5, 7], [1]],
  [
    [1, 13],
    [11, 1],
  ],
  [
    [2, 1, 3, 1, 2, 3],
    [1, 5, 3, 2, 1, 3],
  ],
];

describe.each(binaryNames)("binary %s", (name) => {
  const row = binaryRows[name];
  test.each(supported(dtypesOf[row.dtypes]).map((dtype) => [dtype]))("%s with every broadcasting", async (dtype) => {
    for (const [shapeA, shapeB] of dtype === "f32" || row.dtypes === "u32" ? shapes : shapes.slice(4, 7)) {
      const count = product(broadcastShapes(shapeA, shapeB) ?? []);
      const a = input(argument(name, product(shapeA), dtype), dtype);
      let b = input(argument(name, product(shapeB), dtype, 2), dtype);
      if (name === "div")
        b = input(
          b.values.map((x) => x || 0.5),
          dtype,
        );
      if (name === "pow") a.values.set(a.values.map(Math.abs));
      for (const profile of [naive, tuned]) {
        const launch = binaryLaunch(name, shapeA, shapeB, dtype, profile);
        await checkLaunch(launch, a, b, output(count, row.result ?? dtype));
      }
    }
  });

  test("with a number on either side", async () => {
    const dtype = row.dtypes === "u32" ? "u32" : "f32";
    const x = input(
      argument(name, 13, dtype).map((value) => Math.abs(value) + (name === "div" ? 0.5 : 0)),
      dtype,
    );
    for (const side of ["left", "right"] as const) {
      await checkLaunch(scalarLaunch(name, 2, side, 13, dtype), x, output(13, row.result ?? dtype));
    }
  });
});

test("powers of negative numbers and of zero", async () => {
  const a = input(Float64Array.of(-2, -2, -0.5, 0, 0, 3, -1, -3));
  const b = input(Float64Array.of(3, 2, -1, 0, 2, -2, 0, 4));
  const [, , c] = await checkLaunch(binaryLaunch("pow", [8], [8], "f32", tuned), a, b, output(8));
  expect(c?.[0]).toBeLessThan(0);
});

test("grids fold past 65,535 workgroups", async () => {
  const count = 65_535 * 256 + 1;
  const launch = scalarLaunch("add", 2, "right", count, "u32");
  expect(launch.grid).toEqual([256, 256, 1]);
  const [, sum] = await runOnGpu(
    [[launch, [0, 1]]],
    [input(new Float64Array(count).fill(1), "u32"), output(count, "u32")],
  );
  expect(sum?.findIndex((value) => value !== 3)).toBe(-1);
});

test("where broadcasts each of its operands", async () => {
  const shape = [3, 5, 8];
  const cases = [
    { condition: shape, a: shape, b: [1] },
    { condition: [3, 5, 1], a: [8], b: shape },
    { condition: [1], a: [3, 1, 8], b: [3, 1, 1] },
  ];
  for (const { condition, a, b } of cases) {
    const mask = input(
      noise(product(condition)).map((x) => +(x > 0)),
      "u32",
    );
    const launch = whereLaunch(shape, { condition, a, b }, "f32");
    await checkLaunch(launch, mask, input(noise(product(a), 2)), input(noise(product(b), 3)), output(120));
  }
  expect(vectorRead([3, 5], [3, 1])).toBeUndefined();
  expect(() => whereLaunch([3, 5], { condition: [3, 1], a: [1], b: [1] }, "f32")).toThrow("internal: where");
});

test("cast converts between all dtypes and saturates", async () => {
  const dtypes = supported(["f32", "f16", "i32", "u32"]);
  for (const from of dtypes) {
    for (const to of dtypes) {
      const values = from === "u32" ? [0, 1, 7, 1000, 5] : [0, -1, 7, 1000, from === "i32" ? 3 : -2.75];
      const positive = to === "u32" ? values.map(Math.abs) : values;
      await checkLaunch(castLaunch(5, from, to), input(positive, from), output(5, to));
    }
  }
  await checkLaunches([[castLaunch(3, "f32", "i32"), [0, 1]]], [input([-0.9, 0.9, -2.5]), output(3, "i32")]);
  await checkLaunch(castLaunch(3, "f32", "u32"), input([-5, 1e10, 3.99]), output(3, "u32"));
});

test("lanes past the end are stored as zeros", async () => {
  // A buffer of 8 seen as a tensor of 5: the sixth to eighth element lie in its last vector.
  const x = input([1, 2, 3, 4, 5, 6, 7, 8]);
  const [, y] = await runOnGpu([[unaryLaunch("exp", 5, "f32"), [0, 1]]], [x, output(8)]);
  expect([...(y ?? [])].slice(5)).toEqual([0, 0, 0]);
});
