import {
  addDropPath,
  broadcastTo,
  concat,
  cumsum,
  dropPath,
  flip,
  gather,
  pad,
  permute,
  type RandomKey,
  type Range,
  reshape,
  slice,
  transpose,
} from "@snnmlp/tensor";
import fc from "fast-check";
import { noise } from "../../kernels/run-launch.js";
import type { Given } from "../../support/check-op.js";
import { f32, narrower, product, property, shapeAnd, shapes, size, smooth, u32 } from "../../support/property.js";

const key: Given = { shape: [2], values: Float64Array.of(5, 6), dtype: "u32" };

const range = (dim: number): fc.Arbitrary<Range> =>
  fc
    .tuple(fc.nat(dim - 1), fc.nat(dim - 1), fc.integer({ min: 1, max: 3 }))
    .map(([a, b, step]) => [Math.min(a, b), Math.max(a, b) + 1, step]);

/** The same elements in another shape: some axes joined with the one before. */
const joined = (shape: readonly number[]) =>
  fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }).map((joins) => {
    const sizes: number[] = [];
    for (const [axis, dim] of shape.entries()) {
      if (joins[axis] && axis > 0) sizes.push((sizes.pop() ?? 1) * dim);
      else sizes.push(dim);
    }
    return sizes;
  });

/** Ops that move elements, pick them or leave some out. */
export const layout: Readonly<Record<string, () => Promise<void>>> = {
  reshape: property(shapeAnd(1, joined), ({ shape, drawn }) => ({
    op: (inputs) => reshape(f32(inputs, "x"), drawn),
    given: { x: smooth(shape) },
    differentiable: ["x"],
  })),
  permute: property(
    shapeAnd(1, (shape) => fc.shuffledSubarray([...shape.keys()], { minLength: shape.length })),
    ({ shape, drawn }) => ({
      op: (inputs) => permute(f32(inputs, "x"), drawn),
      given: { x: smooth(shape) },
      differentiable: ["x"],
    }),
  ),
  transpose: property(shapes(2), (shape) => ({
    op: (inputs) => transpose(f32(inputs, "x")),
    given: { x: smooth(shape) },
    differentiable: ["x"],
  })),
  slice: property(
    shapeAnd(1, (shape) => fc.tuple(...shape.map(range))),
    ({ shape, drawn }) => ({
      op: (inputs) => slice(f32(inputs, "x"), drawn),
      given: { x: smooth(shape) },
      differentiable: ["x"],
    }),
  ),
  flip: property(
    shapeAnd(1, (shape) => fc.subarray([...shape.keys()])),
    ({ shape, drawn }) => ({
      op: (inputs) => flip(f32(inputs, "x"), drawn),
      given: { x: smooth(shape) },
      differentiable: ["x"],
    }),
  ),
  pad: property(
    shapeAnd(1, (shape) => fc.tuple(...shape.map(() => fc.tuple(fc.nat(4), fc.nat(4))))),
    ({ shape, drawn }) => ({
      op: (inputs) => pad(f32(inputs, "x"), drawn, 0.25),
      given: { x: smooth(shape) },
      differentiable: ["x"],
    }),
  ),
  concat: property(
    shapeAnd(1, (shape) => fc.tuple(fc.nat(shape.length - 1), size)),
    ({ shape, drawn: [axis, more] }) => ({
      op: (inputs) => concat([f32(inputs, "a"), f32(inputs, "b"), f32(inputs, "a")], axis),
      given: { a: smooth(shape), b: smooth(shape.with(axis, more), 2) },
      differentiable: ["b"],
    }),
  ),
  broadcastTo: property(shapeAnd(0, narrower), ({ shape, drawn }) => ({
    op: (inputs) => broadcastTo(f32(inputs, "x"), shape),
    given: { x: smooth(drawn) },
    differentiable: ["x"],
  })),
  cumsum: property(
    shapeAnd(1, (shape) => fc.tuple(fc.nat(shape.length - 1), fc.boolean())),
    ({ shape, drawn: [axis, reverse] }) => ({
      op: (inputs) => cumsum(f32(inputs, "x"), { axis, reverse }),
      given: { x: smooth(shape) },
      differentiable: ["x"],
    }),
  ),
  gather: property(
    shapeAnd(1, (shape) =>
      fc.tuple(fc.nat(shape.length - 1), fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 2 })),
    ),
    ({ shape, drawn: [axis, rows] }) => {
      // Some rows are taken several times, and now and then one past the end.
      const past = (shape[axis] ?? 1) + 1;
      const values = noise(product(rows), 3).map((x) => Math.floor(((x + 1) / 2) * past));
      return {
        op: (inputs) => gather(f32(inputs, "x"), u32(inputs, "index"), axis),
        given: { x: smooth(shape), index: { shape: rows, values, dtype: "u32" } },
        differentiable: ["x"],
      };
    },
  ),
  dropPath: property(
    shapeAnd(1, () => fc.tuple(fc.constantFrom(0, 0.2, 0.5, 0.9), fc.nat(9))),
    ({ shape, drawn: [rate, stream] }) => ({
      op: (inputs) => dropPath(f32(inputs, "x"), u32(inputs, "key") as RandomKey, { rate, stream }),
      given: { x: smooth(shape), key },
      differentiable: ["x"],
    }),
  ),
  addDropPath: property(
    shapeAnd(1, () => fc.tuple(fc.constantFrom(0, 0.2, 0.5, 0.9), fc.nat(9))),
    ({ shape, drawn: [rate, stream] }) => ({
      op: (inputs) =>
        addDropPath(f32(inputs, "residual"), f32(inputs, "x"), u32(inputs, "key") as RandomKey, { rate, stream }),
      given: { residual: smooth(shape), x: smooth(shape, 2), key },
      differentiable: ["residual", "x"],
    }),
  ),
};
