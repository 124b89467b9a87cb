/**
 * NumPy broadcasting as a kernel sees it: how one operand is read while a wider output is written.
 * Shapes are aligned at their last axes; an axis of size 1 repeats.
 */

/** The most axes an output may have once axes that can be walked together are merged. */
export const maxRank = 6;

/** How operands are walked: output sizes and, per operand, the step in elements along each axis (0 repeats). */
export interface Walk {
  readonly dims: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** The shape two operands broadcast to, or undefined when some axis has two different sizes above 1. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const sizeA = a[axis - rank + a.length] ?? 1;
    const sizeB = b[axis - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) return undefined;
    shape.push(Math.max(sizeA, sizeB));
  }
  return shape;
}

/** Steps through an operand while the axes of `shape` advance; 0 where it repeats. */
export function broadcastStrides(shape: readonly number[], operand: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  let stride = 1;
  for (let axis = operand.length - 1; axis >= 0; axis--) {
    const size = operand[axis] ?? 1;
    if (size !== 1) strides[axis + shape.length - operand.length] = stride;
    stride *= size;
  }
  return strides;
}

/** Drops axes of size 1 and merges neighbours that every operand walks with one step. */
export function collapse(dims: readonly number[], strides: readonly (readonly number[])[]): Walk {
  const mergedDims: number[] = [];
  const merged: number[][] = strides.map(() => []);
  for (const [axis, dim] of dims.entries()) {
    if (dim === 1) continue;
    const last = mergedDims.length - 1;
    const steps = strides.map((operand) => operand[axis] ?? 0);
    const joins = last >= 0 && steps.every((step, k) => merged[k]?.[last] === step * dim);
    if (joins) {
      mergedDims[last] = (mergedDims[last] ?? 1) * dim;
      for (const [k, step] of steps.entries()) merged[k]?.splice(last, 1, step);
    } else {
      mergedDims.push(dim);
      for (const [k, step] of steps.entries()) merged[k]?.push(step);
    }
  }
  return { dims: mergedDims, strides: merged };
}

/** One way to read an operand four elements at a time; the numbers are those of the shaders' `load` functions. */
export interface VectorRead {
  /** 0: same index. 1: one element for all. 2: rows that repeat. 3: one element per `inner` vectors. 4: see `span`. */
  readonly mode: 0 | 1 | 2 | 3 | 4;
  /** Output vectors over which rows repeat before the operand moves on to its next ones (mode 4). */
  readonly span: number;
  /** Vectors per row. */
  readonly inner: number;
}

/** How to read an operand in whole vectors, or undefined when only element by element is right. */
export function vectorRead(shape: readonly number[], operand: readonly number[]): VectorRead | undefined {
  const { dims, strides } = collapse(shape, [broadcastStrides(shape, operand)]);
  const steps = (strides[0] ?? []).map((step) => (step === 0 ? "repeat" : "walk")).join(" ");
  const last = dims.at(-1) ?? 1;
  if (steps === "" || steps === "walk") return { mode: 0, span: 1, inner: 1 };
  if (steps === "repeat") return { mode: 1, span: 1, inner: 1 };
  if (last % 4 !== 0) return undefined;
  const inner = last / 4;
  if (steps === "repeat walk") return { mode: 2, span: 1, inner };
  if (steps === "walk repeat walk") return { mode: 4, span: (dims[1] ?? 1) * inner, inner };
  if (steps === "walk repeat") return { mode: 3, span: 1, inner };
  return undefined;
}

/** The offset in an operand of the output element `index`. */
export function offsetOf(index: number, dims: readonly number[], strides: readonly number[]): number {
  let rest = index;
  let offset = 0;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    const dim = dims[axis] ?? 1;
    offset += (rest % dim) * (strides[axis] ?? 0);
    rest = Math.floor(rest / dim);
  }
  return offset;
}

/** `values` padded in front to `maxRank` words. */
export function padded(values: readonly number[], fill: number): number[] {
  if (values.length > maxRank) {
    throw new Error(
      `broadcasting: ${values.length} axes that cannot be walked as one, kernels take ${maxRank}; reshape() neighbours into one`,
    );
  }
  return [...new Array<number>(maxRank - values.length).fill(fill), ...values];
}
