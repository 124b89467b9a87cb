import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { explain, RunFolderError } from "../file-error.js";

const lockName = "run.lock";
/** How often a run says that it lives, and after how long of silence a run on another machine counts as dead; ms. */
const [beat, silence] = [10_000, 60_000];

const ownerSchema = z.object({ pid: z.int().positive(), host: z.string(), started: z.string(), token: z.string() });
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
    for (let attempt = 0; attempt < 3; attempt++) {
      if (create(folder, path, own)) return new RunLock(path, own);
      const other = readOwner(path);
      if (other && isAlive(other, path)) {
        const who = `process ${other.pid} on ${other.host}`;
        const fix = `wait for it, choose another --out, or delete ${path} if that run is dead`;
        throw new RunFolderError(folder, `another run writes here (${who})`, fix);
      }
      discard(path, other);
    }
    throw new RunFolderError(folder, "other runs start here at the same moment", "start one, or choose another --out");
  }

  /** Gives the folder free; a second call does nothing. */
  release(): void {
    clearInterval(this.#timer);
    process.off("exit", this.#release);
    if (readOwner(this.#path)?.token === this.#own.token) rmSync(this.#path, { force: true });
  }
}

function create(folder: string, path: string, own: Owner): boolean {
  try {
    writeFileSync(path, JSON.stringify(own), { flag: "wx" });
    return true;
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false;
    throw new RunFolderError(folder, ...explain(cause), { cause });
  }
}

/** Moves a dead run's lock aside; where another run has replaced it meanwhile, puts that one's back. */
function discard(path: string, dead: Owner | undefined): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (dead && readOwner(aside)?.token !== dead.token) renameSync(aside, path);
  } catch (cause) {
    if (codeOf(cause) !== "ENOENT") throw cause;
  }
  rmSync(aside, { force: true });
}

function readOwner(path: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

function isAlive({ pid, host, started }: Owner, path: string): boolean {
  if (host !== hostname()) return Date.now() - lastBeat(path) < silence;
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
