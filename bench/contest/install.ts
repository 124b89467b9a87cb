import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../peers/", import.meta.url));

/** Installs the peers' own dependencies at the first use: they are no part of the project's. */
export function installPeers(): void {
  if (existsSync(`${folder}node_modules/@jax-js/jax`)) return;
  console.error(`installing TensorFlow.js and jax-js into ${folder}node_modules (once)`);
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`the peers cannot be installed; run npm ci in ${folder} to see why`);
}
