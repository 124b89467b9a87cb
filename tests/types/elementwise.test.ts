import {
  add,
  argmax,
  broadcastTo,
  cast,
  clip,
  div,
  equal,
  finite,
  gelu,
  less,
  logicalAnd,
  logicalNot,
  max,
  mean,
  mul,
  neg,
  type Shape,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from "@snnmlp/tensor";
import { describe, expectTypeOf, test } from "vitest";
import { of, ofType, ofUnknown, refuses } from "../support/typed.js";

describe("two operands", () => {
  test("broadcast as in NumPy", () => {
    expectTypeOf(add(of(2, 3), of(3))).toEqualTypeOf<Tensor<readonly [2, 3], "f32">>();
    expectTypeOf(mul(of(2, 1), of(1, 3)).shape).toEqualTypeOf<readonly [2, 3]>();
    expectTypeOf(mul(of(3), of(5, 2, 3)).shape).toEqualTypeOf<readonly [5, 2, 3]>();
    expectTypeOf(add(of(), of(2)).shape).toEqualTypeOf<readonly [2]>();
    expectTypeOf(add(of(2, 3), 1)).toEqualTypeOf<Tensor<readonly [2, 3], "f32">>();
    expectTypeOf(sub(1, ofType("i32", 4))).toEqualTypeOf<Tensor<readonly [4], "i32">>();
    expectTypeOf(add(of(2, 3), ofUnknown(3)).shape).toEqualTypeOf<Shape>();
    expectTypeOf(less(of(2, 1), of(3))).toEqualTypeOf<Tensor<readonly [2, 3], "u32">>();
  });

  test("sizes must be equal or 1", () => {
    // @ts-expect-error 3 and 4
    refuses(() => add(of(2, 3), of(4)));
    // @ts-expect-error 2 and 3
    refuses(() => mul(of(2, 3), of(3, 3)));
    // @ts-expect-error 3 and 4
    refuses(() => less(of(3), of(4)));
    refuses(() => add(of(2, 3), ofUnknown(4)));
  });

  test("dtypes must be equal, and known to the op", () => {
    // @ts-expect-error f32 and i32
    refuses(() => add(of(3), ofType("i32", 3)));
    // @ts-expect-error f32 and u32
    refuses(() => equal(of(3), ofType("u32", 3)));
    // @ts-expect-error no division of integers
    refuses(() => div(ofType("i32", 3), ofType("i32", 3)));
    // @ts-expect-error no negative u32
    refuses(() => sub(ofType("u32", 3), 1));
    // @ts-expect-error logic is over u32
    refuses(() => logicalAnd(of(3), of(3)));
    // @ts-expect-error two numbers
    refuses(() => add(1, 2));
  });
});

describe("one operand", () => {
  test("shape and dtype stay, but for flags", () => {
    expectTypeOf(gelu(of(2, 3))).toEqualTypeOf<Tensor<readonly [2, 3], "f32">>();
    expectTypeOf(square(ofType("u32", 4))).toEqualTypeOf<Tensor<readonly [4], "u32">>();
    expectTypeOf(clip(ofType("i32", 4), 0, 1)).toEqualTypeOf<Tensor<readonly [4], "i32">>();
    expectTypeOf(finite(of(4))).toEqualTypeOf<Tensor<readonly [4], "u32">>();
    expectTypeOf(logicalNot(finite(of(4)))).toEqualTypeOf<Tensor<readonly [4], "u32">>();
    expectTypeOf(cast(of(4), "i32")).toEqualTypeOf<Tensor<readonly [4], "i32">>();
  });

  test("dtypes", () => {
    // @ts-expect-error no gelu of integers
    refuses(() => gelu(ofType("i32", 3)));
    // @ts-expect-error no negative u32
    refuses(() => neg(ofType("u32", 3)));
    // @ts-expect-error integers are finite
    refuses(() => finite(ofType("i32", 3)));
    // @ts-expect-error no such dtype
    expectTypeOf(() => cast(of(3), "f64")).toBeFunction();
  });
});

test("where", () => {
  const flags = ofType("u32", 2, 1);
  expectTypeOf(where(flags, of(3), of(1))).toEqualTypeOf<Tensor<readonly [2, 3], "f32">>();
  expectTypeOf(where(flags, 0, of(2, 2)).shape).toEqualTypeOf<readonly [2, 2]>();
  // @ts-expect-error the condition is u32
  refuses(() => where(of(2, 1), of(3), of(3)));
  // @ts-expect-error 3 and 4
  refuses(() => where(flags, of(3), of(4)));
  // @ts-expect-error f32 and i32
  refuses(() => where(flags, of(3), ofType("i32", 3)));
});

describe("reductions", () => {
  test("drop their axes or keep them as 1", () => {
    expectTypeOf(sum(of(2, 3, 4))).toEqualTypeOf<Tensor<readonly [], "f32">>();
    expectTypeOf(sum(of(2, 3, 4), { axes: [-1, 0] }).shape).toEqualTypeOf<readonly [3]>();
    expectTypeOf(max(of(2, 3, 4), { axes: [1], keepDims: true }).shape).toEqualTypeOf<readonly [2, 1, 4]>();
    expectTypeOf(mean(of(2, 3), { keepDims: true }).shape).toEqualTypeOf<readonly [1, 1]>();
    expectTypeOf(sum(ofType("i32", 2)).dtype).toEqualTypeOf<"i32">();
    expectTypeOf(sum(of(2, 3), { axes: [0] as number[] }).shape).toEqualTypeOf<Shape>();
    expectTypeOf(argmax(of(2, 3)).dtype).toEqualTypeOf<"u32">();
  });

  test("dtypes and options", () => {
    // @ts-expect-error no mean of integers
    refuses(() => mean(ofType("i32", 3)));
    // @ts-expect-error the option is `axes`
    sum(of(2, 3), { axis: 0 });
    refuses(() => sum(of(2, 3), { axes: [2] }));
  });
});

test("broadcastTo", () => {
  expectTypeOf(broadcastTo(of(3), [2, 3])).toEqualTypeOf<Tensor<readonly [2, 3], "f32">>();
  refuses(() => broadcastTo(of(3), [2, 4]));
});
