import { gelu, geluGrad } from "../gelu/gelu.ref.js";
import { at } from "../launch.js";
import bias from "./epilogue-bias.wgsl";
import biasAdd from "./epilogue-bias-add.wgsl";
import geluStore from "./epilogue-gelu.wgsl";
import geluAdd from "./epilogue-gelu-add.wgsl";
import geluGradient from "./epilogue-gelu-grad.wgsl";
import store from "./epilogue-store.wgsl";

/** What happens to an element of the product `a b` before it is stored. */
export interface Epilogue {
  /** WGSL: storage bindings from 3 on, and `fn finish(i, column, value)`; `V` is f32 or vec4f. */
  readonly source: string;
  /** Arrays of the product's size that it reads or writes, for the byte count. */
  readonly arrays: number;
  readonly gelu: boolean;
  /** Finishes element `i` of column `column`; `buffers` are those of `source`, in order. */
  readonly reference: (i: number, column: number, value: number, buffers: Float64Array[]) => void;
}

/** The row an epilogue's bindings are read from; a missing one is a launcher's mistake. */
function take(buffers: Float64Array[], index: number): Float64Array {
  const found = buffers[index];
  if (!found) throw new Error(`internal: an epilogue binds no buffer ${index}`);
  return found;
}

/** Buffers after `a` and `b`: store: c; bias: bias, y; biasAdd: bias, other, y; gelu: bias, z, y; geluAdd: bias, other, z, y; geluGrad: z, dz. */
export const epilogues = {
  store: {
    source: store,
    arrays: 1,
    gelu: false,
    reference: (i, _column, value, buffers) => {
      take(buffers, 0)[i] = value;
    },
  },
  bias: {
    source: bias,
    arrays: 1,
    gelu: false,
    reference: (i, column, value, buffers) => {
      take(buffers, 1)[i] = value + at(take(buffers, 0), column);
    },
  },
  biasAdd: {
    source: biasAdd,
    arrays: 2,
    gelu: false,
    reference: (i, column, value, buffers) => {
      take(buffers, 2)[i] = at(take(buffers, 1), i) + value + at(take(buffers, 0), column);
    },
  },
  gelu: {
    source: geluStore,
    arrays: 2,
    gelu: true,
    reference: (i, column, value, buffers) => {
      const z = value + at(take(buffers, 0), column);
      take(buffers, 1)[i] = z;
      take(buffers, 2)[i] = gelu(z);
    },
  },
  geluAdd: {
    source: geluAdd,
    arrays: 3,
    gelu: true,
    reference: (i, column, value, buffers) => {
      const z = value + at(take(buffers, 0), column);
      take(buffers, 2)[i] = z;
      take(buffers, 3)[i] = at(take(buffers, 1), i) + gelu(z);
    },
  },
  geluGrad: {
    source: geluGradient,
    arrays: 2,
    gelu: true,
    reference: (i, _column, value, buffers) => {
      take(buffers, 1)[i] = value * geluGrad(at(take(buffers, 0), i));
    },
  },
} as const satisfies Record<string, Epilogue>;

/** What a product can do with its results on their way to memory: a name in `epilogues`. */
export type EpilogueName = keyof typeof epilogues;
