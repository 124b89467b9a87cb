import { readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { explain, FileError } from "../file-error.js";

/** A run's folder has nothing to report on. */
export class RunError extends FileError {
  override readonly name = "RunError";
}

const number = z.number().optional().catch(undefined);
const share = z.number().nullable().catch(null);
const evaluation = z.object({ top1: z.number(), top5: z.number(), loss: z.number().nullable(), images: number });
const lifState = z.object({ tau: z.number(), vth: z.number(), fired: share });

const metricsLine = z.object({
  step: z.int().nonnegative(),
  epoch: number,
  loss: number,
  learningRate: number,
  lifLearningRate: number,
  gradientNorm: number,
  imagesPerSecond: number,
  seconds: number,
  trainLoss: number,
  /** Of an update that was left out: why. Of an epoch: how many there were. */
  skipped: z.union([z.string(), z.number()]).optional().catch(undefined),
  waitedForData: number,
  waitedForGpu: number,
  evaluation: evaluation.optional().catch(undefined),
  averageEvaluation: evaluation.optional().catch(undefined),
  lif: z.record(z.string(), lifState).optional().catch(undefined),
});

/** A line of metrics.jsonl: of an update (`loss`), an epoch (`trainLoss`), an evaluation or the LIFs; unknown fields are left out. */
export type MetricsLine = z.output<typeof metricsLine>;

/** What a run left in its folder. */
export interface RunLog {
  readonly folder: string;
  readonly name: string;
  readonly lines: readonly MetricsLine[];
  /** Lines of metrics.jsonl that are no JSON object with a step, as one that a crash cut off. */
  readonly damaged: number;
  /** The resolved config, or why there is none. */
  readonly config: Readonly<Record<string, unknown>> | string;
}

/** Updates made, as far as the lines tell: the largest number, wherever it stands. */
export const updatesIn = (lines: readonly MetricsLine[]): number =>
  lines.reduce((most, { step }) => Math.max(most, step), 0);

/** Reads a run's folder. @throws RunError when it has no metrics.jsonl, or that cannot be read */
export async function readRunLog(folder: string): Promise<RunLog> {
  const path = join(folder, "metrics.jsonl");
  const text = await readFile(path, "utf8").catch(async (cause: unknown) => {
    const fix = "name the folder of a run, as train --out does";
    const isFile = (await stat(folder).catch(() => undefined))?.isFile();
    if (isFile) throw new RunError(folder, "it is a file, not the folder of a run", fix, { cause });
    throw new RunError(path, explain(cause)[0], fix, { cause });
  });
  const found = text.split("\n").filter((line) => line.trim() !== "");
  const lines = found.flatMap((line) => parseLine(line) ?? []);
  return {
    folder,
    name: basename(resolve(folder)),
    lines,
    damaged: found.length - lines.length,
    config: await readConfig(join(folder, "config.yaml")),
  };
}

function parseLine(line: string): MetricsLine | undefined {
  try {
    return metricsLine.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

async function readConfig(path: string): Promise<RunLog["config"]> {
  try {
    const config = z.record(z.string(), z.unknown()).safeParse(parse(await readFile(path, "utf8")));
    return config.data ?? `${path} holds no settings`;
  } catch (cause) {
    const [reason] = explain(cause);
    return `${path}: ${reason.split("\n")[0]}`;
  }
}
