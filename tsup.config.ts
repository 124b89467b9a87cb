import { defineConfig } from "tsup";

/** Declarations come from `tsc -b`, so tsup only bundles each package's JavaScript. */
const pack = (name: string, entry: string[]) => ({
  name,
  entry: entry.map((file) => `packages/${name}/src/${file}`),
  outDir: `packages/${name}/dist`,
  format: "esm" as const,
  target: "node20",
  sourcemap: true,
  loader: { ".wgsl": "text" as const },
});

export default defineConfig([
  pack("kernels-wgsl", ["index.ts"]),
  pack("tensor", ["index.ts"]),
  pack("autograd", ["index.ts"]),
  pack("snnmlp", ["index.ts", "cli.ts"]),
]);
