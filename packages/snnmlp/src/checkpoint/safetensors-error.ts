/** A safetensors file that cannot be read or written. The message is one line: path, reason, fix. */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";

  /** The file concerned. */
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

const advice: Readonly<Record<string, readonly [reason: string, fix: string]>> = {
  ENOENT: ["no such file or folder", "check the path"],
  EACCES: ["permission denied", "change its permissions or choose another path"],
  EISDIR: ["is a folder, not a file", "name a .safetensors file in it"],
  ENOTDIR: ["a part of the path is a file, not a folder", "check the path"],
  ENOSPC: ["no space left on the disk", "free some space or choose another folder"],
};

/** Names what a failed file operation means. */
export function fileError(path: string, cause: unknown): SafetensorsError {
  if (cause instanceof SafetensorsError) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const [reason, fix] = advice[code] ?? [cause instanceof Error ? cause.message : String(cause), "check the file"];
  return new SafetensorsError(path, reason, fix, { cause });
}
