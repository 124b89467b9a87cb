import { randomBytes } from "node:crypto";
import { existsSync, linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { explain, RunFolderError } from "../file-error.js";

const lockName = "run.lock";
/**
 * How often a run says that it lives, and after how long of silence a run on another machine, or one whose lock cannot be
 * read, counts as dead; ms.
 */
const [beat, silence] = [10_000, 60_000];

const ownerSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  started: z.string(),
  token: z.string().regex(/^[0-9a-f]{16}$/),
});
type Owner = z.output<typeof ownerSchema>;

/**
 * Keeps a second run out of a folder. The lock of a killed run is taken over: of this machine at once, as no process of
 * its number and start is left; of another (a container has a name of its own, too) after a minute without a sign of life.
 */
export class RunLock {
  readonly #path: string;
  readonly #own: Owner;
  readonly #timer: NodeJS.Timeout;
  readonly #release = (): void => this.release();

  private constructor(path: string, own: Owner) {
    this.#path = path;
    this.#own = own;
    this.#timer = setInterval(() => touch(path), beat).unref();
    process.once("exit", this.#release);
  }

  /** Locks a folder that exists. @throws RunFolderError when a living run has it, or it cannot be written */
  static take(folder: string): RunLock {
    const path = join(folder, lockName);
    const token = randomBytes(8).toString("hex");
    const own = { pid: process.pid, host: hostname(), started: startOf(process.pid) ?? "", token };
    try {
      const rival = acquire(path, own);
      if (!rival) return new RunLock(path, own);
      const who = rival.owner ? `process ${rival.owner.pid} on ${rival.owner.host}` : `${rival.path} cannot be read`;
      const fix = `wait for it, choose another --out, or delete ${rival.path} if that run is dead`;
      throw new RunFolderError(folder, `another run writes here (${who})`, fix);
    } catch (cause) {
      if (cause instanceof RunFolderError) throw cause;
      throw new RunFolderError(folder, ...explain(cause), { cause });
    }
  }

  /** Gives the folder free; a second call does nothing. */
  release(): void {
    clearInterval(this.#timer);
    process.off("exit", this.#release);
    if (readOwner(this.#path)?.token === this.#own.token) rmSync(this.#path, { force: true });
  }
}

/** Who has a lock; `owner` is undefined where it cannot be read. */
interface Rival {
  readonly path: string;
  readonly owner: Owner | undefined;
}

/**
 * Makes `path` the lock of `own`, in the place of a dead run's, too. Only one run at a time may replace a dead lock: the
 * one that has locked the dead lock's token. So no living lock is ever removed or overwritten, not even for a moment.
 *
 * @returns the living run that has it, or undefined when it is ours
 */
function acquire(path: string, own: Owner): Rival | undefined {
  const whole = join(dirname(path), `.${basename(path)}.${own.pid}.${own.token.slice(0, 8)}.tmp`);
  writeFileSync(whole, JSON.stringify(own), { flag: "wx" });
  try {
    for (;;) {
      if (create(whole, path, own)) return undefined;
      const owner = readOwner(path);
      if (isAlive(owner, path)) return { path, owner };
      const heir = `${path}.${owner?.token ?? "unread"}`;
      const rival = acquire(heir, own);
      if (rival) return rival;
      try {
        // An heir before this one may have replaced it, and ended: then all begins anew.
        if (!existsSync(path) || readOwner(path)?.token !== owner?.token || isAlive(owner, path)) continue;
        renameSync(whole, path);
        return undefined;
      } finally {
        rmSync(heir, { force: true });
      }
    }
  } finally {
    rmSync(whole, { force: true });
  }
}

/** Puts the lock there with its content in one step, unless there is one. */
function create(whole: string, path: string, own: Owner): boolean {
  try {
    linkSync(whole, path);
    return true;
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false;
  }
  // A disk without links: the lock is empty for a moment, and an empty one is let live.
  try {
    writeFileSync(path, JSON.stringify(own), { flag: "wx" });
    return true;
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false;
    throw cause;
  }
}

function readOwner(path: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

function isAlive(owner: Owner | undefined, path: string): boolean {
  if (owner?.host !== hostname()) return Date.now() - lastBeat(path) < silence;
  const { pid, started } = owner;
  try {
    process.kill(pid, 0);
  } catch (cause) {
    return codeOf(cause) === "EPERM";
  }
  const start = startOf(pid);
  return start === undefined || start === started;
}

/** When a process began, in ticks since boot, or `dead` of a zombie; undefined where there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    // The name, in parentheses, may hold anything; the fields after it are plain.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? "dead" : fields[19];
  } catch {
    return undefined;
  }
}

function lastBeat(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Somebody deleted the lock, or the disk is gone: the next checkpoint will say so.
  }
}

const codeOf = (cause: unknown): unknown => (cause instanceof Error && "code" in cause ? cause.code : undefined);
