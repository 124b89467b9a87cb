import type { Chain } from "../chain.js";
import { type ElementType, elementBytes, withFunction } from "../elementwise/dtypes.js";
import { ceilDiv, floatBits, grid1d, kernel, type Launch, type Profile, words } from "../launch.js";
import columns from "./columns.wgsl";
import { reduceReference } from "./reduce.ref.js";
import rows from "./rows.wgsl";

/** A reduction over one axis: `x [outer, length, inner]` gives `y [outer, inner]`. */
export interface ReduceDims {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** What is computed over the axis. `mean` takes floats. */
export type ReduceName = "sum" | "mean" | "max" | "min" | "sumOfSquares";

/** How partial results are stored: f16 is summed in f32. */
const accumulatorOf = (dtype: ElementType): "f32" | "i32" | "u32" => (dtype === "f16" ? "f32" : dtype);

/**
 * Up to this length a row is summed by one invocation, above it by a workgroup. On a CPU a workgroup's barriers cost as much as
 * 1000 loads: 2048 rows of 128 take 5.2 ms with a workgroup each, 0.6 ms with an invocation each (lavapipe, 2 cores).
 */
const shortRow = { lavapipe: 1024, swiftshader: 1024, gpu: 32 };

interface Stage {
  readonly name: ReduceName;
  readonly dims: ReduceDims;
  readonly chunk: number;
  readonly from: ElementType;
  readonly to: ElementType;
  /** 1/n of a `mean`, which is always the last stage; 1 for the rest. */
  readonly scale: number;
}

/**
 * Buffers: x, y, both of `dtype`. One launch, or two with partial results between them, which are f32, or integers of
 * the dtype of x.
 */
export function reduceChain(name: ReduceName, dims: ReduceDims, dtype: ElementType, profile: Profile): Chain {
  const { outer, length, inner } = dims;
  const scale = name === "mean" ? 1 / length : 1;
  const asRows = inner === 1 && length > shortRow[profile.kind] && profile.kernels === "tuned";
  const launch = (stage: Stage): Launch => (asRows ? rowsLaunch(stage) : columnsLaunch(stage, profile));
  const chunk = asRows ? rowChunk(dims) : columnChunk(dims, profile);
  const chunks = ceilDiv(length, chunk);
  if (chunks === 1) {
    const only = launch({ name, dims, chunk, from: dtype, to: dtype, scale });
    return { steps: [[only, [0, 1]]], scratch: [] };
  }
  const partial = accumulatorOf(dtype);
  const first = launch({ name: name === "mean" ? "sum" : name, dims, chunk, from: dtype, to: partial, scale: 1 });
  const second = launch({
    name: name === "sumOfSquares" ? "sum" : name,
    dims: { outer, length: chunks, inner },
    chunk: chunks,
    from: partial,
    to: dtype,
    scale,
  });
  const steps: Chain["steps"] = [
    [first, [0, 2]],
    [second, [2, 1]],
  ];
  return { steps, scratch: [outer * chunks * inner] };
}

/** Elements of a row per workgroup: at least 4096 each, and no more than about 1024 workgroups in all. */
function rowChunk({ outer, length }: ReduceDims): number {
  const chunks = Math.min(ceilDiv(length, 4096), Math.max(1, Math.floor(1024 / outer)));
  return 4 * ceilDiv(ceilDiv(length, chunks), 4);
}

/** Rows per invocation: all when there are columns enough to fill the machine, else about sqrt(rows). */
function columnChunk({ outer, length, inner }: ReduceDims, profile: Profile): number {
  const busy = profile.kind === "gpu" ? 65_536 : 1024;
  if (outer * ceilDiv(inner, 4) >= busy || length <= 64) return length;
  return ceilDiv(length, Math.ceil(Math.sqrt(length)));
}

const combinations = { sum: "a + b", mean: "a + b", sumOfSquares: "a + b", max: "max(a, b)", min: "min(a, b)" };

function shaderOf({ name }: Stage, source: string, scalar: boolean): string {
  const VA = scalar ? "A" : "VA";
  let shader = withFunction(source, "combine", `fn combine(a: VA, b: VA) -> VA { return ${combinations[name]}; }`);
  if (name === "sumOfSquares") shader = withFunction(shader, "prepare", "fn prepare(x: VA) -> VA { return x * x; }");
  if (name === "mean") shader = withFunction(shader, "finish", `fn finish(x: ${VA}) -> ${VA} { return x * p.scale; }`);
  return shader;
}

function columnsLaunch(stage: Stage, profile: Profile): Launch {
  const { name, dims, chunk, from, to, scale } = stage;
  const width = dims.inner % 4 === 0 && profile.kernels === "tuned" ? 4 : 1;
  const inner = dims.inner / width;
  const chunks = ceilDiv(dims.length, chunk);
  const vector = (type: string) => (width === 4 ? `vec4<${type}>` : type);
  return {
    kernel: kernel(`reduce/${name}-columns`, shaderOf(stage, columns, false), {
      T: from,
      A: accumulatorOf(from),
      R: to,
      V: vector("T"),
      VA: vector("A"),
      VR: vector("R"),
      IDEMPOTENT: name === "max" || name === "min",
    }),
    params: words(dims.outer, dims.length, inner, chunk, chunks, floatBits(scale)),
    grid: grid1d(ceilDiv(dims.outer * chunks * inner, 64)),
    ...traffic(stage, chunks),
  };
}

function rowsLaunch(stage: Stage): Launch {
  const { name, dims, chunk, from, to, scale } = stage;
  const width = dims.length % 4 === 0 && chunk % 4 === 0 ? 4 : 1;
  const chunks = ceilDiv(dims.length, chunk);
  let shader = shaderOf(stage, rows, true);
  shader = withFunction(shader, "combine1", `fn combine1(a: A, b: A) -> A { return ${combinations[name]}; }`);
  const lanes = "return combine1(combine1(v.x, v.y), combine1(v.z, v.w));";
  if (width === 4) shader = withFunction(shader, "horizontal", `fn horizontal(v: VA) -> A { ${lanes} }`);
  return {
    kernel: kernel(`reduce/${name}-rows`, shader, {
      T: from,
      A: accumulatorOf(from),
      R: to,
      V: width === 4 ? "vec4<T>" : "T",
      VA: width === 4 ? "vec4<A>" : "A",
      IDEMPOTENT: name === "max" || name === "min",
    }),
    params: words(dims.outer, dims.length / width, chunk / width, chunks, floatBits(scale)),
    grid: grid1d(dims.outer * chunks),
    ...traffic(stage, chunks),
  };
}

function traffic(stage: Stage, chunks: number): Pick<Launch, "bytes" | "flops" | "reference"> {
  const { outer, length, inner } = stage.dims;
  const read = outer * length * inner;
  return {
    bytes: elementBytes(stage.from) * read + elementBytes(stage.to) * outer * chunks * inner,
    flops: (stage.name === "sumOfSquares" ? 2 : 1) * read,
    reference: reduceReference(stage.name, stage.dims, stage.chunk, stage.scale),
  };
}
