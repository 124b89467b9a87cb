import { z } from "zod";
import { SafetensorsError } from "../file-error.js";
import { bytesOf, dtypes, isDType, type SafetensorsDType } from "./dtype.js";
import { duplicateKey } from "./json-keys.js";

/** Where one tensor lies: `begin` and `end` are byte offsets after the header. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of the file's bytes. */
  readonly entries: readonly HeaderEntry[];
}

const offset = z.int().nonnegative();
const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(offset),
  data_offsets: z.tuple([offset, offset]),
});
const metadataSchema = z.record(z.string(), z.string());

/**
 * Reads a safetensors header and checks that its tensors fill the rest of the file without a gap or an overlap.
 *
 * @param json the header's bytes
 * @param bodyBytes bytes of the file after the header
 * @throws SafetensorsError
 */
export function parseHeader(path: string, json: Uint8Array, bodyBytes: number): Header {
  const fail = (reason: string, fix = "the file is damaged: fetch or save it again"): never => {
    throw new SafetensorsError(path, reason, fix);
  };
  const text = decodeUtf8(json) ?? fail("the header is not UTF-8");
  if (!text.startsWith("{")) fail("the header does not begin with {", "check that this is a safetensors file");
  const duplicate = isJson(text) ? duplicateKey(text) : fail("the header is not valid JSON");
  if (duplicate !== undefined) fail(`the header names ${JSON.stringify(duplicate)} twice`);

  let metadata = new Map<string, string>();
  const entries: HeaderEntry[] = [];
  for (const [name, value] of Object.entries(JSON.parse(text))) {
    if (name === "__metadata__") {
      const parsed = metadataSchema.safeParse(value);
      metadata = new Map(Object.entries(parsed.data ?? fail("__metadata__ is not a table of strings")));
    } else {
      entries.push(parseEntry(name, value, fail));
    }
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(entries, bodyBytes, fail);
  return { metadata, entries };
}

type Fail = (reason: string, fix?: string) => never;

function parseEntry(name: string, value: unknown, fail: Fail): HeaderEntry {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return fail(`tensor ${JSON.stringify(name)}: ${[...(issue?.path ?? []), issue?.message].join(" ")}`);
  }
  const { dtype, shape, data_offsets } = parsed.data;
  const [begin, end] = data_offsets;
  if (!isDType(dtype)) {
    return fail(`tensor ${JSON.stringify(name)} has dtype ${dtype}`, `convert it to one of ${dtypes.join(", ")}`);
  }
  const expected = shape.reduce((product, length) => product * length, bytesOf[dtype]);
  if (end - begin !== expected) {
    return fail(
      `tensor ${JSON.stringify(name)}: ${dtype} [${shape.join(", ")}] takes ${expected} bytes, its offsets ${begin} to ${end} hold ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** The format leaves no byte of the body unowned and none owned twice. */
function checkCover(entries: readonly HeaderEntry[], bodyBytes: number, fail: Fail): void {
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      fail(`tensor ${JSON.stringify(name)} begins at byte ${begin}, where ${covered} is due: a gap or an overlap`);
    }
    covered = end;
  }
  if (covered > bodyBytes) fail(`truncated: the header describes ${covered} bytes of tensors, ${bodyBytes} are there`);
  if (covered < bodyBytes) fail(`${bodyBytes - covered} bytes at the end belong to no tensor`);
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
