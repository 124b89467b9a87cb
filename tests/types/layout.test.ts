import {
  concat,
  flip,
  gather,
  oneHot,
  pad,
  permute,
  reshape,
  type Shape,
  slice,
  type Tensor,
  transpose,
} from "@snnmlp/tensor";
import { expectTypeOf, test } from "vitest";
import { of, ofType, ofUnknown, refuses } from "../support/typed.js";

test("reshape", () => {
  expectTypeOf(reshape(of(2, 6), [3, 4])).toEqualTypeOf<Tensor<readonly [3, 4], "f32">>();
  expectTypeOf(reshape(ofType("u32", 4), [2, 2]).dtype).toEqualTypeOf<"u32">();
  refuses(() => reshape(of(2, 6), [3, 5]));
});

test("permute and transpose", () => {
  expectTypeOf(permute(of(2, 3, 4), [2, 0, 1])).toEqualTypeOf<Tensor<readonly [4, 2, 3], "f32">>();
  expectTypeOf(transpose(of(5, 2, 3)).shape).toEqualTypeOf<readonly [5, 3, 2]>();
  expectTypeOf(permute(ofUnknown(2, 3), [1, 0]).shape).toEqualTypeOf<Shape>();
  // @ts-expect-error two axes named, x has three
  refuses(() => permute(of(2, 3, 4), [1, 0]));
  refuses(() => permute(ofUnknown(2, 3, 4), [1, 0]));
  // @ts-expect-error 4 is in front
  const wrong: Tensor<readonly [2, 3, 4], "f32"> = permute(of(2, 3, 4), [2, 0, 1]);
  expectTypeOf(wrong.rank).toBeNumber();
});

test("slice and flip", () => {
  expectTypeOf(slice(of(2, 3, 4), [null, [0, 2]])).toEqualTypeOf<Tensor<readonly [2, number, 4], "f32">>();
  expectTypeOf(flip(of(2, 3), [0]).shape).toEqualTypeOf<readonly [2, 3]>();
  refuses(() =>
    slice(of(2), [
      [0, 1],
      [0, 1],
    ]),
  );
  // @ts-expect-error a range is two or three numbers
  refuses(() => slice(of(2), [[0]]));
});

test("pad", () => {
  expectTypeOf(
    pad(of(2, 3), [
      [1, 1],
      [0, 0],
    ]).shape,
  ).toEqualTypeOf<readonly [number, number]>();
  // @ts-expect-error a width for one of two axes
  refuses(() => pad(of(2, 3), [[1, 1]]));
});

test("concat", () => {
  expectTypeOf(concat([of(2, 3), of(4, 3)], 0)).toEqualTypeOf<Tensor<readonly [number, number], "f32">>();
  refuses(() => concat([of(2, 3), of(2, 4)], 0));
  // @ts-expect-error the axis is not optional
  refuses(() => concat([of(2, 3), of(2, 4)]));
});

test("gather and oneHot", () => {
  const index = ofType("u32", 2, 5);
  expectTypeOf(gather(of(10, 3), index)).toEqualTypeOf<Tensor<readonly [2, 5, 3], "f32">>();
  expectTypeOf(gather(of(10, 3), index, 1).shape).toEqualTypeOf<Shape>();
  expectTypeOf(oneHot(index, 4)).toEqualTypeOf<Tensor<readonly [2, 5, 4], "f32">>();
  // @ts-expect-error an index is whole
  refuses(() => gather(of(10, 3), of(2)));
  // @ts-expect-error an index is whole
  refuses(() => oneHot(of(2), 4));
});
