import { depthwise, linear, matmul, mlp, type Tensor } from "@snnmlp/tensor";
import { describe, expectTypeOf, test } from "vitest";
import { of, ofType, ofUnknown, refuses } from "../support/typed.js";

describe("matmul", () => {
  test("sizes of the product", () => {
    expectTypeOf(matmul(of(2, 3), of(3, 4))).toEqualTypeOf<Tensor<readonly [2, 4], "f32">>();
    expectTypeOf(matmul(of(3, 2), of(4, 3), { transposeA: true, transposeB: true }).shape).toEqualTypeOf<
      readonly [2, 4]
    >();
    expectTypeOf(matmul(of(7, 2, 3), of(3, 4)).shape).toEqualTypeOf<readonly [7, 2, 4]>();
    expectTypeOf(matmul(of(2, 3), of(7, 3, 4)).shape).toEqualTypeOf<readonly [7, 2, 4]>();
    expectTypeOf(matmul(ofUnknown(2, 3), of(3, 4))).toEqualTypeOf<Tensor<readonly number[], "f32">>();
  });

  test("inner sizes must agree", () => {
    // @ts-expect-error 3 and 4
    refuses(() => matmul(of(2, 3), of(4, 5)));
    // @ts-expect-error 3 and 2, because b is transposed
    refuses(() => matmul(of(2, 3), of(3, 2), { transposeB: true }));
    // @ts-expect-error 2 and 3, because a is transposed
    refuses(() => matmul(of(2, 3), of(3, 4), { transposeA: true }));
    refuses(() => matmul(ofUnknown(2, 3), of(4, 5)));
  });

  test("a flag only known at run time leaves the check to run time", () => {
    const flag: boolean = of(1).rank === 1;
    expectTypeOf(matmul(of(2, 3), of(4, 3), { transposeB: flag }).shape).toEqualTypeOf<readonly [2, number]>();
    refuses(() => matmul(of(2, 3), of(3, 4), { transposeB: flag }));
  });

  test("floats only", () => {
    // @ts-expect-error i32
    refuses(() => matmul(ofType("i32", 2, 3), of(3, 4)));
    // @ts-expect-error u32
    refuses(() => matmul(of(2, 3), ofType("u32", 3, 4)));
  });
});

describe("linear and mlp", () => {
  test("the last axis becomes the columns of the last matrix", () => {
    expectTypeOf(linear(of(5, 6, 3), of(3, 4), of(4))).toEqualTypeOf<Tensor<readonly [5, 6, 4], "f32">>();
    expectTypeOf(linear(ofUnknown(5, 3), of(3, 4), of(4)).shape).toEqualTypeOf<readonly number[]>();
    expectTypeOf(mlp(of(5, 3), of(3, 8), of(8), of(8, 4), of(4))).toEqualTypeOf<Tensor<readonly [5, 4], "f32">>();
  });

  test("sizes must chain", () => {
    // @ts-expect-error x has 3 channels, w 4 rows
    refuses(() => linear(of(2, 3), of(4, 5), of(5)));
    // @ts-expect-error w has 5 columns, bias 4
    refuses(() => linear(of(2, 3), of(3, 5), of(4)));
    // @ts-expect-error x has 3 channels, w1 4 rows
    refuses(() => mlp(of(2, 3), of(4, 8), of(8), of(8, 4), of(4)));
    // @ts-expect-error w1 has 8 columns, w2 7 rows
    refuses(() => mlp(of(2, 3), of(3, 8), of(8), of(7, 4), of(4)));
    refuses(() => linear(of(2, 3), ofUnknown(4, 5), of(5)));
    refuses(() => linear(of(2, 3), of(3, 5), of(5), { add: of(2, 4) }));
  });

  test("options are named", () => {
    // @ts-expect-error relu is no fused activation
    linear(of(2, 3), of(3, 4), of(4), { activation: "relu" });
    // @ts-expect-error the residual goes into `add`
    linear(of(2, 3), of(3, 4), of(4), { residual: of(2, 4) });
  });
});

describe("depthwise", () => {
  test("keeps the shape", () => {
    expectTypeOf(depthwise(of(1, 5, 6, 4), of(3, 3, 4), of(4))).toEqualTypeOf<Tensor<readonly [1, 5, 6, 4], "f32">>();
  });

  test("channels must agree", () => {
    // @ts-expect-error weight has 5 channels
    refuses(() => depthwise(of(1, 5, 6, 4), of(3, 3, 5), of(4)));
    // @ts-expect-error bias has 5 channels
    refuses(() => depthwise(of(1, 5, 6, 4), of(3, 3, 4), of(5)));
    refuses(() => depthwise(ofUnknown(1, 5, 6, 4), of(3, 3, 5), of(5)));
    refuses(() => depthwise(of(1, 5, 6, 4), of(5, 5, 4), of(4)));
  });
});
