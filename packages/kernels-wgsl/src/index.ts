export { geluFunctions } from "./gelu/gelu.js";
export { erf, gelu, geluGrad } from "./gelu/gelu.ref.js";
export * from "./launch.js";
export {
  type LifBackward,
  type LifDims,
  type LifGradient,
  type LifOutput,
  lifBackwardLaunches,
  lifForwardLaunch,
  type Surrogate,
  surrogates,
} from "./lif/lif.js";
export { type MatmulDims, matmulLaunch } from "./matmul/matmul.js";
