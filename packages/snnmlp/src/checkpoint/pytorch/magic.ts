import { open } from "node:fs/promises";
import { explain, PytorchFileError } from "../../file-error.js";

type Format = "zip" | "pickle" | "tar" | "empty" | "other";

/** Whether a file is to be read as PyTorch's: by its first bytes, or by its name where they are none that are known. */
export async function isPytorchFile(path: string): Promise<boolean> {
  // What cannot be read is reported by who reads it next.
  const format = await formatOf(path).catch((): Format => "other");
  return format === "zip" || format === "pickle" || /\.(pt|pth|ckpt|tar)$/.test(path);
}

/** Checks that a file is a zip, as torch.save() has written since PyTorch 1.6. @throws PytorchFileError */
export async function checkIsZip(path: string): Promise<void> {
  const format = await formatOf(path).catch((cause: unknown) => {
    throw new PytorchFileError(path, ...explain(cause), { cause });
  });
  if (format === "zip") return;
  if (format === "other" || format === "empty") {
    const reason = format === "empty" ? "it is empty" : "it is no file of torch.save()";
    throw new PytorchFileError(path, reason, "check that all of the right file was copied");
  }
  const fix = "load it with PyTorch and save it again with torch.save(..., _use_new_zipfile_serialization=True)";
  throw new PytorchFileError(path, `it is a ${format} file, as PyTorch wrote before 1.6`, fix);
}

async function formatOf(path: string): Promise<Format> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(262), 0, 262, 0);
    const start = buffer.subarray(0, bytesRead);
    const [first, second = 0xff] = start;
    if (bytesRead === 0) return "empty";
    if (["504b0304", "504b0506"].includes(start.toString("hex", 0, 4))) return "zip";
    // A safetensors file may begin so, too, but its byte 7 is 0: the highest of the length of its header.
    if (first === 0x80 && second >= 2 && second <= 5 && start[7] !== 0) return "pickle";
    return start.toString("latin1", 257, 262) === "ustar" ? "tar" : "other";
  } finally {
    await file.close();
  }
}
