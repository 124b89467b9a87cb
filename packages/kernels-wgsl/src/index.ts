export { geluFunctions } from "./gelu/gelu.js";
export { erf, gelu, geluGrad } from "./gelu/gelu.ref.js";
export * from "./launch.js";
export { type MatmulDims, matmulLaunch } from "./matmul/matmul.js";
