import { castLaunch } from "@snnmlp/kernels-wgsl";
import type { DType } from "../dtype.js";
import { derive, viewAs } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/**
 * The same numbers in another dtype. Floats become integers by dropping the fraction and stopping at the ends of the
 * range; i32 and u32 convert into each other modulo 2^32; a number past the largest f16 (65,504) becomes infinity.
 * The gradient flows between float dtypes only.
 */
export function cast<const S extends Shape, D extends DType>(x: Tensor<S>, dtype: D): Tensor<S, D>;
export function cast(x: Tensor, dtype: DType): Tensor {
  const y = castTo(x, dtype);
  if (!isFloat(x.dtype) || !isFloat(dtype)) return y;
  return derive("cast", { x }, y, (dy) => ({ x: castTo(dy, x.dtype) }));
}

const isFloat = (dtype: DType): boolean => dtype === "f32" || dtype === "f16";

/** `cast` without the tape. */
export function castTo(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return viewAs("cast", x, x.shape);
  const y = x.device.empty("cast", x.shape, dtype);
  x.device.launch("cast", castLaunch(x.size, x.dtype, dtype), [x, y]);
  return y;
}
