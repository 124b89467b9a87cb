import { collapse, maxRank } from "../elementwise/broadcast.js";
import { type ElementType, elementBytes, scalarBits, withFunction } from "../elementwise/dtypes.js";
import { at, ceilDiv, grid1d, kernel, type Launch, type Profile, type Reference, words } from "../launch.js";
import source from "./copy.wgsl";

/** Which elements go where: `y[outBase + i . outStrides] = x[inBase + i . inStrides]` for every index i of a box. */
export interface CopyBox {
  /** Sizes of the box, at most 6 axes. */
  readonly dims: readonly number[];
  /** Steps in x, in elements; 0 repeats, negative walks backwards. */
  readonly inStrides: readonly number[];
  readonly inBase: number;
  /** Steps in y, in elements. */
  readonly outStrides: readonly number[];
  readonly outBase: number;
  /** Indices outside `low <= i < high` (per axis) are filled instead of read. */
  readonly inside?: { readonly low: readonly number[]; readonly high: readonly number[]; readonly fill: number };
}

/** Buffers: x, y, both of `dtype`. Elements of y outside the box are left alone. */
export function copyLaunch(box: CopyBox, dtype: ElementType, profile: Profile): Launch {
  const merged = box.inside ? box : merge(box);
  if (merged.dims.length > maxRank) {
    throw new Error(
      `copy: ${merged.dims.length} axes that cannot be walked as one, kernels take ${maxRank}; reshape() neighbours into one`,
    );
  }
  const width = profile.kernels === "tuned" && inVectors(merged) ? 4 : 1;
  const { dims, inStrides, outStrides, inBase, outBase, inside } = width === 4 ? vectors(merged) : merged;
  const count = dims.reduce((product, dim) => product * dim, 1);
  const scalar = dtype === "f16" ? "f16" : "u32";
  const filler = `fn filler(bits: u32) -> T { return T(${dtype === "f16" ? "f16(bitcast<f32>(bits))" : "bits"}); }`;
  const front = (values: readonly number[], fill: number) => [
    ...new Array<number>(maxRank - values.length).fill(fill),
    ...values,
  ];
  return {
    kernel: kernel("copy/copy", (dtype === "f16" ? "enable f16;\n" : "") + withFunction(source, "filler", filler), {
      T: width === 4 ? `vec4<${scalar}>` : scalar,
      RANK: Math.max(1, dims.length),
      PAD: inside !== undefined,
    }),
    params: words(
      count,
      inBase,
      outBase,
      scalarBits(dtype, inside?.fill ?? 0),
      ...front(dims, 1),
      ...front(inStrides, 0),
      ...front(outStrides, 0),
      ...front(inside?.low ?? [], 0),
      ...front(inside?.high ?? [], 1),
    ),
    grid: grid1d(ceilDiv(count, 64)),
    bytes: 2 * elementBytes(dtype) * count * width,
    flops: 0,
    reference: copyReference(box),
  };
}

function merge(box: CopyBox): CopyBox {
  const { dims, strides } = collapse(box.dims, [box.inStrides, box.outStrides]);
  const [inStrides = [], outStrides = []] = strides;
  return { ...box, dims, inStrides, outStrides };
}

const fours = (values: readonly number[]): boolean => values.every((value) => value % 4 === 0);

/** Whether the innermost axis is contiguous in x and y and everything comes in fours. */
function inVectors({ dims, inStrides, outStrides, inBase, outBase, inside }: CopyBox): boolean {
  const last = dims.length - 1;
  if (last < 0 || inStrides[last] !== 1 || outStrides[last] !== 1) return false;
  const bounds = inside ? [inside.low[last] ?? 0, inside.high[last] ?? 0] : [];
  const sizes = [dims[last] ?? 0, inBase, outBase, ...bounds];
  return fours(sizes) && fours(inStrides.slice(0, -1)) && fours(outStrides.slice(0, -1));
}

/** The same box in vectors of 4. */
function vectors(box: CopyBox): CopyBox {
  const last = box.dims.length - 1;
  const inner = (values: readonly number[]) => values.map((value, axis) => (axis === last ? value / 4 : value));
  const outer = (values: readonly number[]) => values.map((value, axis) => (axis === last ? value : value / 4));
  return {
    dims: inner(box.dims),
    inStrides: outer(box.inStrides),
    outStrides: outer(box.outStrides),
    inBase: box.inBase / 4,
    outBase: box.outBase / 4,
    ...(box.inside && { inside: { ...box.inside, low: inner(box.inside.low), high: inner(box.inside.high) } }),
  };
}

function copyReference({ dims, inStrides, outStrides, inBase, outBase, inside }: CopyBox): Reference {
  return (x, y) => {
    const visit = (axis: number, from: number, to: number, kept: boolean): void => {
      const dim = dims[axis];
      if (dim === undefined) {
        y[to] = kept ? at(x, from) : (inside?.fill ?? 0);
        return;
      }
      for (let i = 0; i < dim; i++) {
        const within = !inside || (i >= (inside.low[axis] ?? 0) && i < (inside.high[axis] ?? dim));
        visit(axis + 1, from + i * (inStrides[axis] ?? 0), to + i * (outStrides[axis] ?? 0), kept && within);
      }
    };
    visit(0, inBase, outBase, true);
  };
}
