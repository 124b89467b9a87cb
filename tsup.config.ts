import { defineConfig } from "tsup";

/** Declarations come from `tsc -b`, so tsup only bundles each package's JavaScript. */
const bundle = (name: string, folder: string, entry: string[], outDir: string) => ({
  name,
  entry: entry.map((file) => `${folder}/${file}`),
  outDir,
  format: "esm" as const,
  target: "node20",
  splitting: false,
  sourcemap: true,
  loader: { ".wgsl": "text" as const },
  skipNodeModulesBundle: true,
});

const pack = (name: string, entry: string[]) => bundle(name, `packages/${name}/src`, entry, `packages/${name}/dist`);

export default defineConfig([
  pack("kernels-wgsl", ["index.ts"]),
  pack("tensor", ["index.ts"]),
  pack("autograd", ["index.ts"]),
  pack("snnmlp", ["index.ts", "cli.ts", "data-worker.ts"]),
  bundle("bench", "bench", ["*.ts"], "bench/dist"),
]);
