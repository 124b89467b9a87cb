import {
  abs,
  add,
  type BinaryOp,
  cast,
  ceil,
  clip,
  cos,
  div,
  equal,
  exp,
  finite,
  floor,
  gelu,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  minimum,
  mul,
  neg,
  notEqual,
  pow,
  reciprocal,
  relu,
  round,
  rsqrt,
  sigmoid,
  sign,
  silu,
  sin,
  sqrt,
  square,
  sub,
  type TapeEntry,
  type Tensor,
  tanh,
  tensor,
  where,
} from "@snnmlp/tensor";
import { describe, expect, expectTypeOf, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { checkOp, testDevices } from "../support/check-op.js";

type Named = Readonly<Record<string, Tensor>>;
const f32 = (t: Tensor | undefined) => t as Tensor<readonly number[], "f32">;
const product = (shape: readonly number[]): number => shape.reduce((total, dim) => total * dim, 1);

/** Values at least 0.05 away from whole numbers and halves, where slopes jump. */
const smooth = (count: number, seed = 1) =>
  noise(count, seed).map((x) => Math.round(6 * x) / 2 + 0.15 + 0.1 * Math.abs(x));
const positive = (count: number, seed = 1) => smooth(count, seed).map(Math.abs);

type Floats = Tensor<readonly number[], "f32">;
const unary: Record<string, (x: Floats) => Tensor> = {
  neg,
  exp,
  abs,
  square,
  sin,
  cos,
  tanh,
  sigmoid,
  relu,
  gelu,
  silu,
};
const ofPositive: Record<string, (x: Floats) => Tensor> = { log, sqrt, rsqrt, reciprocal };
const flat: Record<string, (x: Floats) => Tensor> = { sign, floor, round, ceil };
const binary: Record<string, BinaryOp<"f32">> = { add, sub, mul, div, pow, maximum, minimum };

test.each(Object.entries(unary))("%s", async (_, op) => {
  await checkOp(({ x }: Named) => op(f32(x)), { x: { shape: [3, 7], values: smooth(21) } }, ["x"]);
});

test.each(Object.entries(ofPositive))("%s of positive numbers", async (_, op) => {
  await checkOp(({ x }: Named) => op(f32(x)), { x: { shape: [13], values: positive(13) } }, ["x"]);
});

test.each(Object.entries(flat))("%s has no gradient", async (_, op) => {
  await checkOp(({ x }: Named) => op(f32(x)), { x: { shape: [2, 4], values: smooth(8) } }, []);
});

test("clip", async () => {
  const op = ({ x }: Named) => clip(f32(x), -1, 1.5);
  await checkOp(op, { x: { shape: [5, 5], values: smooth(25) } }, ["x"]);
  const { oracle } = await testDevices();
  const x = tensor(oracle, [1, 2], [2], "i32");
  expect(() => clip(x, 3, 2)).toThrow("clip: low 3 is above high 2");
  expect(() => clip(x, 0.5, 2)).toThrow("clip: 0.5 is not a finite i32; cast() the tensor to f32");
});

describe.each(Object.entries(binary))("%s", (_, op) => {
  test.each([
    [[5], [5]],
    [[3, 8], [8]],
    [[8], [2, 3, 8]],
    [
      [3, 5],
      [3, 1],
    ],
    [
      [2, 3, 8],
      [2, 1, 8],
    ],
    [
      [2, 1, 3],
      [4, 1],
    ],
    [[], [2, 2]],
  ])("of %j and %j", async (shapeA, shapeB) => {
    const given = {
      a: { shape: shapeA, values: positive(product(shapeA)) },
      b: { shape: shapeB, values: smooth(product(shapeB), 2).map((x) => x + 0.02) },
    };
    await checkOp(({ a, b }: Named) => op(f32(a), f32(b)), given, ["a", "b"]);
  });

  test("with a number on either side", async () => {
    const x = { shape: [3, 3], values: positive(9) };
    await checkOp(({ x }: Named) => op(f32(x), 1.75), { x }, ["x"]);
    await checkOp(({ x }: Named) => op(1.75, f32(x)), { x }, ["x"]);
  });
});

test("equal operands of maximum share the gradient; 0 ** b has no slope in b", async () => {
  const { oracle } = await testDevices();
  const a = tensor(oracle, [0, 2, 3], [3]);
  const seen: TapeEntry[] = [];
  oracle.tapes.push({ watches: () => true, record: (entry) => seen.push(entry) });
  const both = maximum(a, tensor(oracle, [0, 1, 4], [3]));
  const powers = pow(a, tensor(oracle, [2, 2, 2], [3]));
  oracle.tapes.pop();
  const [first, second] = seen;
  const dy = tensor(oracle, [1, 1, 1], [3]);
  const wants = { a: true, b: true };
  expect([...(await oracle.readExact(f32(first?.vjp([dy], wants, {}).a || both)))]).toEqual([0.5, 1, 0]);
  expect([...(await oracle.readExact(f32(second?.vjp([dy], wants, {}).b || powers)))][0]).toBe(0);
});

test("where", async () => {
  const given = {
    c: { shape: [3, 1], values: Float64Array.of(1, 0, 2), dtype: "u32" as const },
    a: { shape: [3, 5], values: noise(15) },
    b: { shape: [2, 1, 1], values: noise(2, 2) },
  };
  const u32 = (t: Tensor | undefined) => t as Tensor<readonly number[], "u32">;
  await checkOp(({ c, a, b }: Named) => where(u32(c), f32(a), f32(b)), given, ["a", "b"]);
  await checkOp(({ c, a }: Named) => where(u32(c), f32(a), -1), given, ["a"]);
  await checkOp(({ c, b }: Named) => where(u32(c), 3, f32(b)), given, ["b"]);
});

test("comparisons and logic give 0 and 1", async () => {
  const { oracle, naive, tuned } = await testDevices();
  for (const device of [oracle, naive, tuned]) {
    const a = tensor(device, [1, 2, 3, 2], [2, 2]);
    const b = tensor(device, [2, 2], [2]);
    expect([...(await less(a, b).read())]).toEqual([1, 0, 0, 0]);
    expect([...(await greaterEqual(a, 2).read())]).toEqual([0, 1, 1, 1]);
    expect([...(await greater(2, a).read())]).toEqual([1, 0, 0, 0]);
    const edge = logicalAnd(lessEqual(a, b), notEqual(a, 1));
    expect([...(await edge.read())]).toEqual([0, 1, 0, 1]);
    expect([...(await logicalNot(logicalOr(edge, equal(a, 3))).read())]).toEqual([1, 0, 0, 0]);
    expect([...(await finite(tensor(device, [1, Number.NaN, Number.NEGATIVE_INFINITY], [3])).read())]).toEqual([
      1, 0, 0,
    ]);
  }
});

test("cast keeps numbers and passes gradients between floats", async () => {
  const x = { shape: [7], values: noise(7).map((v) => Math.round(64 * v) / 32) };
  await checkOp(({ x }: Named) => cast(cast(f32(x), "i32"), "f32"), { x }, []);
  const { tuned } = await testDevices();
  expect([...(await cast(tensor(tuned, [-1.5, 2.5, 3], [3]), "i32").read())]).toEqual([-1, 2, 3]);
  if (tuned.capabilities.f16) {
    const half = cast(tensor(tuned, [1 / 3, 1e6], [2]), "f16");
    expect([...(await half.read())]).toEqual([0.333251953125, Number.POSITIVE_INFINITY]);
    const sum = add(half, half);
    expect(sum.dtype).toBe("f16");
  }
});

test("shapes and dtypes are checked by the compiler and at run time", async () => {
  const { oracle } = await testDevices();
  const a = tensor(oracle, noise(6), [2, 3]);
  const b = tensor(oracle, noise(4), [4]);
  const row = tensor(oracle, noise(3), [3]);
  const column = tensor(oracle, noise(2), [2, 1]);
  const whole = tensor(oracle, [1, 2, 3], [3], "i32");
  const dynamic = tensor(oracle, noise(3), [3] as number[]);
  expectTypeOf(add(a, row)).toEqualTypeOf<Tensor<readonly [2, 3], "f32">>();
  expectTypeOf(mul(column, row)).toEqualTypeOf<Tensor<readonly [2, 3], "f32">>();
  expectTypeOf(less(column, row)).toEqualTypeOf<Tensor<readonly [2, 3], "u32">>();
  expectTypeOf(add(a, dynamic)).toEqualTypeOf<Tensor<readonly number[], "f32">>();
  expectTypeOf(gelu(a)).toEqualTypeOf<Tensor<readonly [2, 3], "f32">>();
  expectTypeOf(where(less(a, 0), column, row)).toEqualTypeOf<Tensor<readonly [2, 3], "f32">>();
  // @ts-expect-error 3 and 4 do not broadcast
  expect(() => add(a, b)).toThrow(
    "add: shapes [2, 3] and [4] do not broadcast: axis -1 is 3 vs 4; sizes must be equal or 1, reshape() one of them",
  );
  // @ts-expect-error dtypes differ
  expect(() => add(a, whole)).toThrow("add: a is f32 but b is i32; convert one of them with cast()");
  // @ts-expect-error no gelu of integers
  expect(() => gelu(whole)).toThrow("gelu: x must be f32 or f16, got i32; convert it with cast()");
  // @ts-expect-error no division of integers
  expect(() => div(whole, whole)).toThrow("div: a must be f32 or f16, got i32");
  expect(() => mul(a, Number.NaN)).toThrow("mul: NaN is not a finite f32");
});
