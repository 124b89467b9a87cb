import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Task } from "./tasks.js";

/** The programs that compete; each is a process of its own that runs its task when it is told to. */
const programs = {
  ours: new URL("./ours.js", import.meta.url),
  tfjs: new URL("../peers/tfjs.mjs", import.meta.url),
  jax: new URL("../peers/jax.mjs", import.meta.url),
} as const;

export type SideName = keyof typeof programs;
export const sideNames = Object.keys(programs) as SideName[];

/** What a side says when it is ready. */
export interface Ready {
  /** The first run, with everything that is compiled for it. */
  readonly firstMs: number;
  /** Of one run. */
  readonly dispatches: number;
  readonly submits: number;
  readonly pipelines: number;
}

/** One side at one task. */
export class Side {
  private readonly lines: AsyncIterator<string>;
  private errors = "";

  private constructor(
    readonly name: SideName,
    private readonly child: ChildProcessWithoutNullStreams,
  ) {
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.on("data", (text) => {
      this.errors = (this.errors + String(text)).slice(-4000);
    });
  }

  /** Starts a side and waits until it has run its task twice. @throws Error with what it wrote when it ends before */
  static async start(name: SideName, task: Task, toggles: readonly string[], timeoutMs: number) {
    const path = fileURLToPath(programs[name]);
    const environment = { XDG_RUNTIME_DIR: "/tmp", ...process.env };
    const child = spawn(process.execPath, [path, JSON.stringify({ ...task, toggles })], { env: environment });
    const side = new Side(name, child);
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    try {
      return { side, ready: (await side.answer()) as Ready };
    } finally {
      clearTimeout(timer);
    }
  }

  /** ms of one run, and ms of CPU: the steadier number where the adapter is a CPU that others use, too. */
  async run(): Promise<{ ms: number; cpuMs: number }> {
    this.child.stdin.write("run\n");
    return (await this.answer()) as { ms: number; cpuMs: number };
  }

  /** Ends the process. @returns the most bytes its buffers took at once */
  async end(): Promise<number> {
    this.child.stdin.write("end\n");
    const { peakBytes } = (await this.answer()) as { peakBytes: number };
    if (this.child.exitCode === null) await once(this.child, "exit");
    return peakBytes;
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  private async answer(): Promise<unknown> {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error(`${this.name} ended without an answer:\n${this.errors.trim()}`);
      if (value.startsWith("{")) return JSON.parse(value);
    }
  }
}
