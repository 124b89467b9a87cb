import { type ElementType, elementBytes, scalarBits, withFunction, withScalars } from "../elementwise/dtypes.js";
import { ceilDiv, grid1d, kernel, type Launch, words } from "../launch.js";
import source from "./fill.wgsl";

/** `count` times one value. Buffers: y. */
export function fillLaunch(count: number, value: number, dtype: ElementType): Launch {
  const constant = withFunction(source, "value", "fn value(i: vec4u) -> V { return V(scalar(p.start)); }");
  return {
    kernel: kernel("copy/fill", withScalars(constant, dtype), { T: dtype }),
    params: words(count, scalarBits(dtype, value), 0),
    grid: grid1d(ceilDiv(count, 256)),
    bytes: elementBytes(dtype) * count,
    flops: 0,
    reference: (y) => {
      y.fill(value, 0, count);
    },
  };
}

/** `start, start + step, ...`, `count` numbers. Buffers: y. */
export function iotaLaunch(count: number, start: number, step: number, dtype: ElementType): Launch {
  return {
    kernel: kernel("copy/iota", withScalars(source, dtype), { T: dtype }),
    params: words(count, scalarBits(dtype, start), scalarBits(dtype, step)),
    grid: grid1d(ceilDiv(count, 256)),
    bytes: elementBytes(dtype) * count,
    flops: 2 * count,
    reference: (y) => {
      for (let i = 0; i < count; i++) y[i] = start + step * i;
    },
  };
}
