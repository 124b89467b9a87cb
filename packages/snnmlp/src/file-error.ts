/** A file that cannot be used. The message is one line: path, reason, fix. */
export class FileError extends Error {
  /** The file or folder concerned. */
  readonly path: string;
  /** What is wrong with it. */
  readonly reason: string;
  /** What to do about it. */
  readonly fix: string;

  constructor(path: string, reason: string, fix: string, options?: ErrorOptions) {
    super(`${path}: ${reason}; ${fix}`, options);
    this.path = path;
    this.reason = reason;
    this.fix = fix;
  }
}

/** A safetensors file that cannot be read or written. */
export class SafetensorsError extends FileError {
  override readonly name = "SafetensorsError";
}

/** A file of PyTorch's that cannot be read. */
export class PytorchFileError extends FileError {
  override readonly name = "PytorchFileError";
}

/** A data set that is missing or broken. */
export class DatasetError extends FileError {
  override readonly name = "DatasetError";
}

/** A run's folder that cannot be used: another run writes there, or holds other settings. */
export class RunFolderError extends FileError {
  override readonly name = "RunFolderError";
}

/** An image that cannot be decoded. */
export class ImageError extends FileError {
  override readonly name = "ImageError";
}

const advice: Readonly<Record<string, readonly [reason: string, fix: string]>> = {
  ENOENT: ["no such file or folder", "check the path"],
  EACCES: ["permission denied", "change its permissions or choose another path"],
  EISDIR: ["is a folder, not a file", "name a file in it"],
  ENOTDIR: ["a part of the path is a file, not a folder", "check the path"],
  EEXIST: ["a part of the path is a file, not a folder", "check the path"],
  ENOSPC: ["no space left on the disk", "free some space or choose another folder"],
};

/** What a failed file operation means, and what to do about it. */
export function explain(cause: unknown): readonly [reason: string, fix: string] {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return advice[code] ?? [cause instanceof Error ? cause.message : String(cause), "check the file"];
}
