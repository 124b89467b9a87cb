import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Heat } from "./tasks.js";

/** What a script of another folder says about a task. */
export interface Elsewhere {
  readonly peer: string;
  readonly msMedian: number;
}

/**
 * Runs the scripts of a folder that know a task. A script takes `--task NAME --runs N` and writes one line of JSON for each
 * result: `{"peer", "task", "ms_median"}`.
 */
export function runElsewhere(folder: string, { elsewhere }: Heat, runs: number, timeoutMs: number): Elsewhere[] {
  if (!elsewhere) return [];
  const scripts = readdirSync(folder).filter((name) => name.endsWith(".mjs"));
  return scripts.flatMap((script) => {
    const { stdout } = spawnSync(process.execPath, [join(folder, script), ...elsewhere.args, "--runs", String(runs)], {
      encoding: "utf8",
      timeout: timeoutMs,
      env: { XDG_RUNTIME_DIR: "/tmp", ...process.env },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const results = stdout.split("\n").flatMap((line) => (line.startsWith("{") ? JSON.parse(line) : []));
    return results.flatMap(({ peer, task, ms_median }: { peer: string; task: string; ms_median: number }) =>
      elsewhere.line.test(task) ? { peer, msMedian: ms_median } : [],
    );
  });
}
