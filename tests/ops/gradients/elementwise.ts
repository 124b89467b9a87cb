import {
  abs,
  add,
  type BinaryOp,
  cast,
  clip,
  cos,
  div,
  exp,
  gelu,
  log,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  neg,
  pow,
  type ReduceOptions,
  reciprocal,
  relu,
  rsqrt,
  sigmoid,
  silu,
  sin,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  where,
} from "@snnmlp/tensor";
import fc from "fast-check";
import { noise } from "../../kernels/run-launch.js";
import {
  type Floats,
  f32,
  narrower,
  positive,
  product,
  property,
  shapeAnd,
  shapes,
  smooth,
  u32,
} from "../../support/property.js";

const unary = (op: (x: Floats) => Tensor, values = smooth) =>
  property(shapes(), (shape) => ({
    op: (inputs) => op(f32(inputs, "x")),
    given: { x: values(shape) },
    differentiable: ["x"],
  }));

/** Two tensors that broadcast, or a tensor and a number on either side. */
const binary = (op: BinaryOp<"f32">) =>
  property(
    shapeAnd(0, (shape) => fc.tuple(narrower(shape), narrower(shape), fc.constantFrom("tensors", "left", "right"))),
    ({ drawn: [a, b, numbers] }) => {
      const x = positive(a);
      const y = { shape: b, values: positive(b, 2).values.map((value) => value + 0.013) };
      if (numbers === "left")
        return { op: (inputs) => op(1.77, f32(inputs, "y")), given: { y }, differentiable: ["y"] };
      if (numbers === "right")
        return { op: (inputs) => op(f32(inputs, "x"), 1.77), given: { x }, differentiable: ["x"] };
      return { op: (inputs) => op(f32(inputs, "x"), f32(inputs, "y")), given: { x, y }, differentiable: ["x", "y"] };
    },
    40,
  );

const reducer = (op: (x: Floats, options: ReduceOptions) => Tensor) =>
  property(
    shapeAnd(0, (shape) => fc.record({ axes: fc.subarray([...shape.keys()]), keepDims: fc.boolean() })),
    ({ shape, drawn }) => ({
      op: (inputs) => op(f32(inputs, "x"), drawn),
      given: { x: smooth(shape) },
      differentiable: ["x"],
    }),
    40,
  );

/** Ops that work element by element, and sums of elements. */
export const elementwise: Readonly<Record<string, () => Promise<void>>> = {
  neg: unary(neg),
  exp: unary(exp),
  abs: unary(abs),
  square: unary(square),
  sin: unary(sin),
  cos: unary(cos),
  tanh: unary(tanh),
  sigmoid: unary(sigmoid),
  relu: unary(relu),
  gelu: unary(gelu),
  silu: unary(silu),
  log: unary(log, positive),
  sqrt: unary(sqrt, positive),
  rsqrt: unary(rsqrt, positive),
  reciprocal: unary(reciprocal, positive),
  clip: unary((x) => clip(x, -1, 1.5)),
  cast: unary((x) => cast(x, "f32")),
  add: binary(add),
  sub: binary(sub),
  mul: binary(mul),
  div: binary(div),
  pow: binary(pow),
  maximum: binary(maximum),
  minimum: binary(minimum),
  where: property(
    shapeAnd(0, (shape) => fc.tuple(narrower(shape), narrower(shape), narrower(shape))),
    ({ drawn: [c, a, b] }) => ({
      op: (inputs) => where(u32(inputs, "condition"), f32(inputs, "a"), f32(inputs, "b")),
      given: {
        condition: { shape: c, values: noise(product(c), 5).map((x) => +(x > 0)), dtype: "u32" },
        a: smooth(a),
        b: smooth(b, 2),
      },
      differentiable: ["a", "b"],
    }),
  ),
  sum: reducer(sum),
  mean: reducer(mean),
  max: reducer(max),
  min: reducer(min),
};
