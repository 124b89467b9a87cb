import erfSource from "./erf.wgsl";

/**
 * WGSL functions `erf4`, `gelu4`, `geluGrad4` (vec4f) and `erf1`, `gelu1`, `geluGrad1` (f32).
 * A launcher whose shader calls them compiles `geluFunctions + source`.
 */
export const geluFunctions: string = `${erfSource}\n`;

/** `geluFunctions`, and `geluT` and `geluGradT` for a shader whose `alias T` is f32 (width 1) or vec4f (width 4). */
export function geluLanes(width: 1 | 4): string {
  const T = width === 4 ? "vec4f" : "f32";
  return `${geluFunctions}fn geluT(x: ${T}) -> ${T} { return gelu${width}(x); }
fn geluGradT(x: ${T}) -> ${T} { return geluGrad${width}(x); }
`;
}
