import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../tools/make-image-tree.mjs", import.meta.url));

/** A tree (or, with `--zip`, the authors' zip layout) of MNIST digits as JPEGs in mixed sizes, some of them broken. */
export function imageTree(folder: string, ...options: readonly string[]): string {
  execFileSync(process.execPath, [script, folder, ...options], { stdio: "pipe", timeout: 60_000 });
  return folder;
}
