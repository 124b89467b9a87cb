/** A shader is imported as its text (tsup and vitest both load `.wgsl` that way). */
declare module "*.wgsl" {
  const source: string;
  export default source;
}
