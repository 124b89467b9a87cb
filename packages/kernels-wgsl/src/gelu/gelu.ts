import erfSource from "./erf.wgsl";

/**
 * WGSL functions `erf4`, `gelu4`, `geluGrad4` (vec4f) and `erf1`, `gelu1`, `geluGrad1` (f32).
 * A launcher whose shader calls them compiles `geluFunctions + source`.
 */
export const geluFunctions: string = `${erfSource}\n`;
