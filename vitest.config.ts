import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (name: string) => fileURLToPath(new URL(`packages/${name}/src/index.ts`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      "@snnmlp/kernels-wgsl": source("kernels-wgsl"),
      "@snnmlp/tensor": source("tensor"),
      "@snnmlp/autograd": source("autograd"),
      snnmlp: source("snnmlp"),
    },
  },
  plugins: [
    {
      name: "wgsl-as-text",
      transform: (code, id) => (id.endsWith(".wgsl") ? `export default ${JSON.stringify(code)};` : undefined),
    },
  ],
  test: {
    include: ["tests/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
