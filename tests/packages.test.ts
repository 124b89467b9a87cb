import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { published } from "snnmlp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

// Slow (half a minute): packs the built packages and installs them the way a user does.

const root = fileURLToPath(new URL("..", import.meta.url));
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const project = mkdtempSync(join(tmpdir(), "packages-"));
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** The environment without what `npm test` tells its own scripts. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|command|config_local)/.test(name)),
);

function run(command: string, args: readonly string[], cwd = project): string {
  return execFileSync(command, args, { cwd, env: environment, encoding: "utf8", timeout: 120_000 });
}

const packed = z.array(
  z.object({ name: z.string(), filename: z.string(), files: z.array(z.object({ path: z.string() })) }),
);
let tarballs: z.infer<typeof packed> = [];

beforeAll(() => {
  const text = run("npm", ["pack", "--workspaces", "--json", "--pack-destination", project], root);
  tarballs = packed.parse(JSON.parse(text));
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  const files = tarballs.map(({ filename }) => `./${filename}`);
  run("npm", ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", ...files]);
}, 180_000);

describe("the four packages, installed from tarballs in an empty project", () => {
  it("hold what is built, a README and a licence, and nothing else", () => {
    const names = tarballs.map(({ name }) => name).sort();
    expect(names).toEqual(["@snnmlp/autograd", "@snnmlp/kernels-wgsl", "@snnmlp/tensor", "snnmlp"]);
    for (const { name, files } of tarballs) {
      const paths = files.map(({ path }) => path);
      expect(paths, name).toEqual(
        expect.arrayContaining(["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"]),
      );
      const rest = paths.filter((path) => !/^dist\/[\w/.-]+(\.d\.ts|\.js|\.js\.map)$/.test(path));
      const command = name === "snnmlp" ? ["bin/snnmlp.cjs"] : [];
      expect(rest.sort(), name).toEqual(["LICENSE", "README.md", ...command, "package.json"]);
    }
  });

  it("import by name and compute", () => {
    writeFileSync(
      join(project, "use.js"),
      `import { matmulLaunch } from "@snnmlp/kernels-wgsl";
       import { mul, openOracle, sum, tensor } from "@snnmlp/tensor";
       import { grad } from "@snnmlp/autograd";
       import { models, SNNMLP } from "snnmlp";
       const device = openOracle();
       const x = tensor(device, [3], [1]);
       const slope = await grad((x) => sum(mul(x, x)))(x).item();
       const model = new SNNMLP(device, models.pico);
       console.log(typeof matmulLaunch, slope, model.shapes.length);`,
    );
    expect(run(process.execPath, ["use.js"])).toMatch(/^function 6 \d+\n$/);
  });

  it("bring the data workers", () => {
    writeFileSync(
      join(project, "load.js"),
      `import { mkdirSync } from "node:fs";
       import sharp from "sharp";
       import { EvaluationBatches, openDataset } from "snnmlp";
       mkdirSync("data/val/red", { recursive: true });
       await sharp({ create: { width: 9, height: 8, channels: 3, background: "#c80000" } }).png().toFile("data/val/red/1.png");
       const preparation = { size: 8, channels: 3, padding: 0 };
       const set = await openDataset("data", "val");
       for await (const { images, count } of new EvaluationBatches(set, { batchSize: 1, preparation, workers: 1 })) {
         console.log(set.classNames[0], count, [...images.subarray(0, 3)].join());
       }`,
    );
    expect(run(process.execPath, ["load.js"])).toBe("red 1 200,0,0\n");
  });

  it("bring every type they name: strict, skipLibCheck off, nothing else installed", () => {
    writeFileSync(
      join(project, "use.ts"),
      `import type { Launch } from "@snnmlp/kernels-wgsl";
       import { type FoundAdapter, matmul, openDevice, scope, tensor, type Tensor } from "@snnmlp/tensor";
       import { valueAndGrad } from "@snnmlp/autograd";
       import { type Progress, SNNMLP, type SnnmlpConfigInput } from "snnmlp";
       export async function use(config: SnnmlpConfigInput) {
         const device = await openDevice();
         const opened = scope(device);
         const a = tensor(device, [1, 2], [1, 2]);
         const c: Tensor<readonly [1, 3], "f32"> = matmul(a, tensor(device, [1, 2, 3, 4, 5, 6], [2, 3]));
         // @ts-expect-error inner dims differ
         matmul(a, c);
         opened.end();
         return new SNNMLP(device, config);
       }
       export { type FoundAdapter, type Launch, type Progress, valueAndGrad };`,
    );
    const options = ["--strict", "--noEmit", "--skipLibCheck", "false", "--module", "nodenext", "--target", "es2022"];
    expect(run(process.execPath, [tsc, ...options, "use.ts"])).toBe("");
  });

  it("bring the command line: npx snnmlp info --json", () => {
    const models = z.object({ models: z.array(z.object({ name: z.string(), parameters: z.int(), macs: z.int() })) });
    const info = models.parse(JSON.parse(run("npx", ["--no-install", "snnmlp", "info", "--json"])));
    for (const name of ["tiny", "small", "base"] as const) {
      expect(info.models).toContainEqual(expect.objectContaining({ name, ...published[name] }));
    }
  });
});
