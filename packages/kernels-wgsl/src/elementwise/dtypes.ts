import { floatBits } from "../launch.js";

/** An element type as WGSL and the tensor library name it. */
export type ElementType = "f32" | "f16" | "i32" | "u32";

/** Which dtypes a function takes. A `u32` function takes truth values: 0 is false, anything else true. */
export type DTypes = "float" | "signed" | "number" | "f32" | "u32";

/** The dtypes behind a name. */
export const dtypesOf: Readonly<Record<DTypes, readonly ElementType[]>> = {
  float: ["f32", "f16"],
  signed: ["f32", "f16", "i32"],
  number: ["f32", "f16", "i32", "u32"],
  f32: ["f32"],
  u32: ["u32"],
};

/** Bytes per element. */
export const elementBytes = (dtype: ElementType): number => (dtype === "f16" ? 2 : 4);

/** A number as the uniform word that WGSL's `scalar()` of `scalarFunction` reads back. */
export function scalarBits(dtype: ElementType, value: number): number {
  return dtype === "f32" || dtype === "f16" ? floatBits(value) : value;
}

/** Replaces the shader's one-line function `name`; the shader is valid with either line. */
export function withFunction(shader: string, name: string, line: string): string {
  const found = new RegExp(`^fn ${name}\\(.*$`, "m");
  if (!found.test(shader)) throw new Error(`internal: the shader has no line "fn ${name}("`);
  return shader.replace(found, () => line);
}

/** Makes the shader's `scalar(bits) -> T` right for f16, which is passed as f32. */
export function withScalars(shader: string, dtype: ElementType): string {
  if (dtype !== "f16") return shader;
  return withFunction(shader, "scalar", "fn scalar(bits: u32) -> T { return T(bitcast<f32>(bits)); }");
}
