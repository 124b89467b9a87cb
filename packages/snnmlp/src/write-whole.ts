import { access, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { explain, FileError } from "./file-error.js";

/** Writes a file that is there whole or not at all. @throws FileError */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new FileError(path, ...explain(cause), { cause });
  }
}

/** Checks early that the folder of a file to be written is there. @throws FileError */
export async function expectFolderOf(path: string): Promise<void> {
  const folder = dirname(path);
  await access(folder).catch((cause: unknown) => {
    throw new FileError(path, `its folder ${folder} does not exist`, "make it, or choose another", { cause });
  });
}
