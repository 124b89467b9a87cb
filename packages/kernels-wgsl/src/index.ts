export * from "./launch.js";
export { type MatmulDims, matmulLaunch } from "./matmul/matmul.js";
