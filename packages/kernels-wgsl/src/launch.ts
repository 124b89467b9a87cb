/**
 * What every launcher in this package returns: one compute dispatch as plain data.
 *
 * Nothing here touches a GPU. A device turns a `Launch` into a pipeline, a bind group and a dispatch;
 * the float64 oracle calls `reference` instead. Both see the same storage buffers in the same order.
 */

import type { TuningTable } from "./tuning/table.js";

/** How a shader uses a storage buffer: `read` (`var<storage, read>`) or `write` (`var<storage, read_write>`). */
export type Access = "read" | "write";

/** A shader ready to compile: specialised WGSL, and what identifies it. */
export interface Kernel {
  /** Folder name and variant, for errors and profiles: `matmul/tuned`. */
  readonly name: string;
  /** Name plus constants: `matmul/tuned BM=64 BN=64`. Equal keys mean equal code. */
  readonly key: string;
  /** The WGSL text. Its entry point is `main`. */
  readonly code: string;
  /** Whether the shader declares the uniform block `@binding(0) var<uniform>`. */
  readonly uniform: boolean;
  /** One entry per storage buffer, in binding order; binding numbers start at 1 and have no gap. */
  readonly access: readonly Access[];
}

/** The same computation as a shader, by plain loops in float64, over the storage buffers in binding order. */
export type Reference = (...buffers: Float64Array[]) => void;

/** One dispatch: the shader, its uniform words, its grid, and the same computation in float64. */
export interface Launch {
  readonly kernel: Kernel;
  /** The uniform block as 32-bit words, in the order of the shader's `Params` struct (scalars only). */
  readonly params: Uint32Array<ArrayBuffer>;
  /** Workgroups along x, y, z; each at most 65,535. */
  readonly grid: readonly [x: number, y: number, z: number];
  /** Bytes this launch must move to and from memory when nothing is cached, for GB/s. */
  readonly bytes: number;
  /** Floating-point operations (a fused multiply-add counts as two), for GFLOP/s. */
  readonly flops: number;
  /** What the shader is checked against. */
  readonly reference: Reference;
}

/** What a launcher may know of the adapter. A launcher without choices ignores it. */
export interface Profile {
  /** `naive`: the simplest right kernel of each folder. `tuned`: the fastest one measured for this kind of adapter. */
  readonly kernels: "naive" | "tuned";
  /** The kind of adapter, the key of the tuning table. */
  readonly kind: "lavapipe" | "swiftshader" | "gpu";
  /** Lanes of a subgroup, where `subgroups` is on and every subgroup of the adapter has that many. */
  readonly subgroupSize?: number | undefined;
  /** What matrix products round their operands to; sums are f32 either way. f32 unless given. */
  readonly precision?: "f32" | "f16" | undefined;
  /** Whether the adapter multiplies 16 x 16 f16 matrices into f32 ones, in subgroups of 32. */
  readonly subgroupMatrix?: boolean | undefined;
  /** What was measured to be fastest; a launcher takes it where it fits, else what is usual for `kind`. */
  readonly tuning?: TuningTable | undefined;
}

const storageDeclaration = /@binding\((\d+)\)\s*var<storage,\s*(read_write|read)>/g;
const compiled = new Map<string, Kernel>();

/**
 * Names a shader and fixes its constants.
 *
 * @param name folder and variant, e.g. `lif/forward`
 * @param source WGSL that is valid alone; its tunables are leading lines `const NAME = value;` or `alias NAME = type;`
 * @param constants new values for those lines; a name the shader does not declare is an error
 */
export function kernel(
  name: string,
  source: string,
  constants: Readonly<Record<string, number | boolean | string>> = {},
): Kernel {
  const suffix = Object.entries(constants).map(([constant, value]) => ` ${constant}=${value}`);
  const key = name + suffix.join("");
  const known = compiled.get(key);
  if (known) return known;
  const code = specialise(name, source, constants);
  const access: Access[] = [];
  for (const [, binding, mode] of code.matchAll(storageDeclaration)) {
    if (Number(binding) !== access.length + 1) {
      throw new Error(`internal: ${name} declares storage binding ${binding} where ${access.length + 1} is due`);
    }
    access.push(mode === "read" ? "read" : "write");
  }
  const made: Kernel = { name, key, code, uniform: code.includes("var<uniform>"), access };
  compiled.set(key, made);
  return made;
}

/** Replaces the shader's `const NAME = ...;` and `alias NAME = ...;` lines with the given values. */
export function specialise(
  name: string,
  source: string,
  constants: Readonly<Record<string, number | boolean | string>>,
): string {
  let code = source;
  for (const [constant, value] of Object.entries(constants)) {
    const line = new RegExp(`^(const|alias) ${constant}( *: *\\w+)? = [^;]*;`, "m");
    const found = line.exec(code);
    if (!found) throw new Error(`internal: ${name} has no constant ${constant}`);
    const suffix = found[1] === "const" && / = -?\d+u;/.test(found[0]) ? "u" : "";
    code = code.replace(line, () => `${found[1]} ${constant}${found[2] ?? ""} = ${value}${suffix};`);
    if (value === "f16") code = `enable f16;\n${code}`;
  }
  return hoistEnables(code);
}

/** WGSL wants `enable` directives first, wherever the parts a shader is put together from have them. */
function hoistEnables(code: string): string {
  const directives = new Set(code.match(/^enable \w+;$/gm) ?? []);
  return directives.size === 0 ? code : [...directives, code.replace(/^enable \w+;$/gm, "")].join("\n");
}

/** Packs uniform words; wrap floats in `floatBits`. */
export function words(...values: number[]): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(values);
}

const view = new DataView(new ArrayBuffer(4));

/** The bits of `value` as f32, for a uniform word. */
export function floatBits(value: number): number {
  view.setFloat32(0, value);
  return view.getUint32(0);
}

const maxGroups = 65_535;

/**
 * A grid of at least `groups` workgroups. WebGPU allows 65,535 along each dimension, so larger counts fold into a
 * near-square plane; the shader finds its index as `gid.y * (num_workgroups.x * SIZE) + gid.x` and returns past the end.
 */
export function grid1d(groups: number): [number, number, number] {
  if (groups <= maxGroups) return [Math.max(1, groups), 1, 1];
  const y = Math.ceil(Math.sqrt(groups));
  return [Math.ceil(groups / y), y, 1];
}

/** `values[index]` for references: a bad index is an error instead of NaN. */
export function at(values: Float64Array, index: number): number {
  const value = values[index];
  if (value === undefined) throw new Error(`internal: reference reads index ${index} of ${values.length} values`);
  return value;
}

/** Integer division, rounded up. */
export const ceilDiv = (a: number, b: number): number => Math.floor((a + b - 1) / b);
