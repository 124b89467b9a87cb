import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findMnist } from "snnmlp";

/** A folder with the first `train` and `test` images of MNIST, in its four files. */
export function tinyMnist(folder: string, train: number, test: number): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, count] of [
    ["train", train],
    ["t10k", test],
  ] as const) {
    cut(folder, `${name}-images-idx3-ubyte`, count, 16, 28 * 28);
    cut(folder, `${name}-labels-idx1-ubyte`, count, 8, 1);
  }
  return folder;
}

function cut(folder: string, name: string, count: number, header: number, bytesEach: number): void {
  const bytes = Buffer.from(readFileSync(join(findMnist(), name)).subarray(0, header + count * bytesEach));
  bytes.writeUInt32BE(count, 4);
  writeFileSync(join(folder, name), bytes);
}
