import { type DType, testDevice } from "./run-launch.js";

const half = (await testDevice()).features.has("shader-f16");

/** Those of `dtypes` that this adapter computes in; SwiftShader has no f16. */
export const supported = <D extends DType>(dtypes: readonly D[]): D[] =>
  dtypes.filter((dtype) => dtype !== "f16" || half);
