import { writeFileSync } from "node:fs";
import { strToU8, type Zippable, zipSync } from "fflate";

/** Bytes of a pickle written as text, one character a byte. */
export const pickleBytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Opcodes of protocol 2 for a text, a class and a whole number. */
export const op = {
  text: (text: string) => `X${little(text.length)}${text}`,
  global: (module: string, name: string) => `c${module}\n${name}\n`,
  int: (value: number) => `J${little(value)}`,
  proto: "\x80\x02",
};

function little(value: number): string {
  return [0, 8, 16, 24].map((shift) => String.fromCharCode((value >> shift) & 0xff)).join("");
}

/** Opcodes of one tensor in storage `key` of `elements` values. */
export function tensorOp(
  view: { offset?: number; size: readonly number[]; stride: readonly number[] },
  storage: { key?: string; elements: number; type?: string },
): string {
  const tuple = (values: readonly number[]) => `(${values.map(op.int).join("")}t`;
  const id = `(${op.text("storage")}${op.global("torch", storage.type ?? "FloatStorage")}${op.text(storage.key ?? "0")}${op.text("cpu")}${op.int(storage.elements)}tQ`;
  const { offset = 0, size, stride } = view;
  return `${op.global("torch._utils", "_rebuild_tensor_v2")}(${id}${op.int(offset)}${tuple(size)}${tuple(stride)}\x89NtR`;
}

/** Writes an archive as torch.save lays it out: `pickle` in data.pkl, storages by key. */
export function writePt(
  path: string,
  pickle: string,
  storages: Readonly<Record<string, Uint8Array>> = {},
  options: { readonly level?: 0 | 9; readonly more?: Zippable } = {},
): string {
  const entries: Zippable = { "archive/data.pkl": pickleBytes(pickle), "archive/version": strToU8("3\n") };
  for (const [key, bytes] of Object.entries(storages)) entries[`archive/data/${key}`] = bytes;
  writeFileSync(path, zipSync({ ...entries, ...options.more }, { level: options.level ?? 0 }));
  return path;
}
