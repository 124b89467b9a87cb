import { at, ceilDiv, grid1d, kernel, type Launch, type Profile, type Reference, words } from "../launch.js";
import vectors from "./binary.wgsl";
import { type BinaryName, type BinaryRow, binaryRows } from "./binary-rows.js";
import strided from "./binary-strided.wgsl";
import { broadcastShapes, broadcastStrides, collapse, offsetOf, padded, vectorRead } from "./broadcast.js";
import { type ElementType, elementBytes, withFunction } from "./dtypes.js";
import power from "./power.wgsl";

const product = (shape: readonly number[]): number => shape.reduce((total, dim) => total * dim, 1);

/**
 * `c = f(a, b)` for a row of the table, with NumPy broadcasting of `a` [shapeA] and `b` [shapeB], both of `dtype`.
 * Buffers: a, b, c. @throws when the shapes do not broadcast
 */
export function binaryLaunch(
  name: BinaryName,
  shapeA: readonly number[],
  shapeB: readonly number[],
  dtype: ElementType,
  profile: Profile,
): Launch {
  const row = binaryRows[name];
  const shape = broadcastShapes(shapeA, shapeB);
  if (!shape) throw new Error(`internal: [${shapeA}] and [${shapeB}] do not broadcast`);
  const count = product(shape);
  const result = row.result ?? dtype;
  const line = `fn apply(a: V, b: V) -> vec4<R> { return ${row.wgsl}; }`;
  const functions = name === "pow" ? power : "";
  const shared = {
    bytes: elementBytes(dtype) * (product(shapeA) + product(shapeB)) + elementBytes(result) * count,
    flops: row.flops * count,
    grid: grid1d(ceilDiv(count, 256)),
    reference: binaryReference(row, shape, shapeA, shapeB),
  };
  const readA = vectorRead(shape, shapeA);
  const readB = vectorRead(shape, shapeB);
  if (readA && readB && profile.kernels === "tuned") {
    const constants = { T: dtype, R: result, A: readA.mode, B: readB.mode };
    return {
      ...shared,
      kernel: kernel(`elementwise/${name}`, withFunction(vectors, "apply", line) + functions, constants),
      params: words(count, readA.span, readA.inner, readB.span, readB.inner),
    };
  }
  const walk = collapse(shape, [broadcastStrides(shape, shapeA), broadcastStrides(shape, shapeB)]);
  const [a = [], b = []] = walk.strides;
  const constants = { T: dtype, R: result, RANK: Math.max(1, walk.dims.length) };
  return {
    ...shared,
    kernel: kernel(`elementwise/${name}-strided`, withFunction(strided, "apply", line) + functions, constants),
    params: words(count, ...padded(walk.dims, 1), ...padded(a, 0), ...padded(b, 0)),
  };
}

function binaryReference(
  row: BinaryRow,
  shape: readonly number[],
  shapeA: readonly number[],
  shapeB: readonly number[],
): Reference {
  const stridesA = broadcastStrides(shape, shapeA);
  const stridesB = broadcastStrides(shape, shapeB);
  const count = product(shape);
  return (a, b, c) => {
    for (let i = 0; i < count; i++) {
      c[i] = row.ref(at(a, offsetOf(i, shape, stridesA)), at(b, offsetOf(i, shape, stridesB)));
    }
  };
}
