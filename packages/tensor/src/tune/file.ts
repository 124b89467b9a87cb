import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { matmulVariants, type Profile, type Tuning, tuningKeys } from "@snnmlp/kernels-wgsl";
import { z } from "zod";
import { cacheFolder } from "../cache-folder.js";
import { TuningFileError } from "../errors.js";

/** An adapter as tuning files are named after it: one file each, and a new one for a new driver. */
export interface TunedAdapter {
  readonly kind: Profile["kind"];
  readonly name: string;
}

const variant = z.enum(matmulVariants);
const measurement = z.union([
  z.strictObject({ variant, ms: z.number().positive(), gflops: z.number().positive() }),
  z.strictObject({ variant, wrong: z.string() }),
]);
const entry = z
  .strictObject({
    key: z.enum(tuningKeys),
    variant,
    shapes: z.array(z.array(z.int().positive()).length(3)).min(1),
    measured: z.array(measurement),
  })
  .refine(({ variant, measured }) => measured.some((one) => one.variant === variant && "ms" in one), {
    error: ({ input }) => `${(input as { variant: string }).variant} is chosen but was not timed`,
    path: ["variant"],
  });
const tuning = z.strictObject({
  kind: z.enum(["lavapipe", "swiftshader", "gpu"]),
  adapter: z.string(),
  date: z.iso.date(),
  command: z.string(),
  entries: z.array(entry).refine((entries) => new Set(entries.map(({ key }) => key)).size === entries.length, {
    error: "a key occurs twice",
  }),
});

/** Checks that `value` is a tuning in every part. @throws ZodError */
export const parseTuning = (value: unknown): Tuning => tuning.parse(value);

/** Where the user's measurements of an adapter lie. */
export function userTuningPath({ kind, name }: TunedAdapter): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return join(cacheFolder(), `tuning-${kind}-${plain.replace(/^-|-$/g, "").slice(0, 150)}.json`);
}

const fix = "measure again with snnmlp tune, or delete the file with snnmlp tune --reset";

/**
 * The user's measurements of an adapter, if there are any.
 *
 * @throws TuningFileError naming the file and the part that is wrong
 */
export function readUserTuning(adapter: TunedAdapter): Tuning | undefined {
  const path = userTuningPath(adapter);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new TuningFileError(path, `cannot be read: ${told(cause)}; ${fix}`, { cause });
  }
  let found: Tuning;
  try {
    found = parseTuning(JSON.parse(text));
  } catch (cause) {
    throw new TuningFileError(path, `is not a tuning of this version: ${told(cause)}; ${fix}`, { cause });
  }
  if (found.kind !== adapter.kind || found.adapter !== adapter.name) {
    const both = `of ${found.kind} ${found.adapter}, not of ${adapter.kind} ${adapter.name}`;
    throw new TuningFileError(path, `holds measurements ${both}; ${fix}`);
  }
  return found;
}

/**
 * Keeps measurements for every device that is opened from now on; a reader sees the old file or the whole new one.
 *
 * @returns the file's path
 * @throws TuningFileError when the cache folder cannot be written
 */
export async function writeUserTuning(measured: Tuning): Promise<string> {
  const path = userTuningPath({ kind: measured.kind, name: measured.adapter });
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await mkdir(cacheFolder(), { recursive: true, mode: 0o700 });
    await writeFile(temporary, `${JSON.stringify(measured, undefined, 2)}\n`);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new TuningFileError(
      path,
      `cannot be written: ${told(cause)}; set SNNMLP_CACHE_DIR to a folder that can be written`,
      { cause },
    );
  }
  return path;
}

/** Deletes the user's measurements of an adapter. @returns whether there were any */
export async function resetUserTuning(adapter: TunedAdapter): Promise<boolean> {
  const path = userTuningPath(adapter);
  try {
    await rm(path);
    return true;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return false;
    throw new TuningFileError(path, `cannot be deleted: ${told(cause)}; change its permissions`, { cause });
  }
}

/** One line: of a file that does not fit the schema, its first wrong part. */
function told(cause: unknown): string {
  if (cause instanceof z.ZodError) {
    const [issue] = cause.issues;
    const where = (issue?.path ?? []).map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`));
    return `${where.join("").replace(/^\./, "") || "the document"}: ${issue?.message}`;
  }
  return cause instanceof Error ? cause.message : String(cause);
}
