import { at, ceilDiv, grid1d, kernel, type Launch, words } from "../launch.js";
import { broadcastStrides, offsetOf, vectorRead } from "./broadcast.js";
import { type ElementType, elementBytes } from "./dtypes.js";
import source from "./where.wgsl";

const product = (shape: readonly number[]): number => shape.reduce((total, dim) => total * dim, 1);

/**
 * `y = condition ? a : b` of `shape`; each operand broadcasts in a way `vectorRead` knows (others: copy them out first).
 * Buffers: condition (u32), a, b, y.
 */
export function whereLaunch(
  shape: readonly number[],
  operands: { readonly condition: readonly number[]; readonly a: readonly number[]; readonly b: readonly number[] },
  dtype: ElementType,
): Launch {
  const { condition, a, b } = operands;
  const readC = vectorRead(shape, condition);
  const readA = vectorRead(shape, a);
  const readB = vectorRead(shape, b);
  if (!readC || !readA || !readB) {
    throw new Error(`internal: where takes no operands [${condition}], [${a}], [${b}] for [${shape}]`);
  }
  const count = product(shape);
  const strides = [condition, a, b].map((operand) => broadcastStrides(shape, operand));
  const [stridesC = [], stridesA = [], stridesB = []] = strides;
  return {
    kernel: kernel("elementwise/where", source, { T: dtype, C: readC.mode, A: readA.mode, B: readB.mode }),
    params: words(count, ...[readC, readA, readB].flatMap(({ span, inner }) => [span, inner])),
    grid: grid1d(ceilDiv(count, 256)),
    bytes: 4 * product(condition) + elementBytes(dtype) * (product(a) + product(b) + count),
    flops: 0,
    reference: (c, x, z, y) => {
      for (let i = 0; i < count; i++) {
        const holds = at(c, offsetOf(i, shape, stridesC)) !== 0;
        y[i] = holds ? at(x, offsetOf(i, shape, stridesA)) : at(z, offsetOf(i, shape, stridesB));
      }
    },
  };
}
