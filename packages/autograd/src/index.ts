export { type CheckGradOptions, checkGrad, type GradientReport } from "./check-grad.js";
export { checkpoint } from "./checkpoint.js";
export { grad, type Loss, type ValueAndGrad, valueAndGrad } from "./grad.js";
export { noGrad } from "./tape.js";
export type { Tree } from "./tree.js";
