import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The built command line. */
export const program = fileURLToPath(new URL("../../packages/snnmlp/dist/cli.js", import.meta.url));

/** What a run of `snnmlp` left behind. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built `snnmlp` as a process of its own; it must end by itself within `timeout` ms. */
export function runCli(args: readonly string[], timeout = 60_000, environment: NodeJS.ProcessEnv = {}): CliRun {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
    timeout,
    env: { ...process.env, ...environment },
    maxBuffer: 2 ** 26,
  });
  if (error) throw error;
  return { code: status, stdout, stderr };
}
