import type { Binding, Buffer, Replay, Step } from "../backend.js";
import type { Device } from "../device.js";
import type { DType, Values } from "../dtype.js";
import { DeviceError, TraceError } from "../errors.js";
import { scope } from "../scope.js";
import type { Storage } from "../storage.js";
import { Tensor } from "../tensor.js";
import { type Alias, resolvePlaces } from "./aliases.js";
import { type Arenas, type MemoryPlan, planArenas } from "./plan.js";
import { Trace, type Traced, type Use } from "./trace.js";

/** What a traced function may return: a tensor, or tensors by name. */
export type Outputs = Tensor | Readonly<Record<string, Tensor>>;

/** A function recorded once and replayed: fixed shapes, one submit a run, no allocation. See `compile`. */
export class Program<I extends Readonly<Record<string, Tensor>>, O extends Outputs> {
  private disposed = false;

  constructor(
    readonly inputs: I,
    /** The function's results; each `run()` overwrites them. */
    readonly outputs: O,
    /** Memory, known before the first run. */
    readonly plan: MemoryPlan,
    private readonly replay: Replay,
    private readonly free: () => void,
  ) {}

  /**
   * Queues one run. Returns before the GPU is done: `await program.outputs.x.read()` waits.
   *
   * @param values new values of some inputs; the others keep theirs
   */
  run(values: { readonly [K in keyof I]?: Values } = {}): O {
    for (const [name, data] of Object.entries(values)) {
      const input = this.inputs[name];
      if (!input)
        throw new TraceError(`run: the program has no input ${name}; it has ${Object.keys(this.inputs).join(", ")}`);
      if (data) input.write(data);
    }
    if (this.disposed) throw new TraceError("run: this program was disposed; compile it again");
    this.replay.run();
    return this.outputs;
  }

  /** Frees the program's memory and its outputs; inputs and captured tensors stay. A second call does nothing. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.replay.release();
    this.free();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Traces `fn` once, plans its memory by liveness, compiles its pipelines in parallel, and gives the Program that
 * replays it. `fn` sees no values, only shapes: reads, writes and branches on data are errors. Tensors it captures
 * (parameters, optimiser state) are updated in place by every run; values that change go into `inputs`.
 *
 * @throws TraceError for what cannot be traced, DeviceError when a shader does not compile or memory does not suffice
 *
 * ```ts
 * const x = zeros(device, [64, 784]);
 * const program = await compile(device, { x }, ({ x }) => ({ y: matmul(x, w) }));
 * const y = await program.run({ x: batch }).y.read();
 * ```
 */
export async function compile<const I extends Readonly<Record<string, Tensor>>, O extends Outputs>(
  device: Device,
  inputs: I,
  fn: (inputs: I) => O,
): Promise<Program<I, O>> {
  const start = performance.now();
  const { trace, outputs, made } = record(device, inputs, fn);
  const results = new Set(tensorsOf(outputs).map(({ storage }) => storage));
  const { steps, aliases } = resolvePlaces(trace.steps, results);
  const { backend, stats } = device;
  const align = (bytes: number) => Math.ceil(bytes / backend.alignment) * backend.alignment;
  const bytesOf = ({ dtype, elements }: Storage) => align(elements * backend.bytesPerElement(dtype));
  const inArena = new Set([...trace.virtual].filter((storage) => !aliases.has(storage)));
  const arenas = planArenas(steps, inArena, results, bytesOf, backend.capabilities.maxBufferBytes);
  const plan = describePlan(arenas, trace, steps, bytesOf);
  const planned = performance.now();
  stats.traceMs += planned - start;

  const buffers: Buffer[] = [];
  const free = () => {
    for (const buffer of buffers) backend.release(buffer);
    for (const output of made) output.dispose();
    trace.release();
  };
  try {
    for (const size of arenas.sizes) buffers.push(backend.reserve("program", size));
    giveMemory(arenas, aliases, buffers, (dtype) => backend.bytesPerElement(dtype));
    const replay = await backend.prepare(steps.map(toStep));
    stats.compileMs += performance.now() - planned;
    return new Program(inputs, outputs, plan, replay, free);
  } catch (cause) {
    free();
    if (cause instanceof DeviceError && cause.kind === "out-of-memory") throw tooLarge(plan, cause);
    throw cause;
  }
}

function record<I, O extends Outputs>(device: Device, inputs: I, fn: (inputs: I) => O) {
  if (device.recorder) throw new TraceError("compile: a traced function cannot compile another; compile it before");
  const trace = new Trace((op, dtype, elements) =>
    device.checkBinding(op, elements * device.backend.bytesPerElement(dtype)),
  );
  using s = scope(device);
  device.recorder = trace;
  try {
    expectOnDevice(device, "input", inputs as Readonly<Record<string, unknown>>);
    const outputs: unknown = fn(inputs);
    if (outputs instanceof Promise) {
      // It may reject because it read a tensor; nobody will wait for it.
      outputs.catch(() => undefined);
      throw new TraceError(
        "compile: the function is async; a traced function cannot wait, return tensors and read them after run()",
      );
    }
    if (typeof outputs !== "object" || outputs === null) {
      throw new TraceError(`compile: the function returns ${outputs}; return a tensor, or tensors by name`);
    }
    const returned = outputs instanceof Tensor ? { "": outputs } : { ...outputs };
    expectOnDevice(device, "output", returned);
    const made = tensorsOf(outputs as O).filter((output) => s.owns(output));
    for (const output of made) s.keep(output);
    return { trace, outputs: outputs as O, made };
  } catch (cause) {
    trace.release();
    throw cause;
  } finally {
    device.recorder = undefined;
  }
}

/** Throws unless the values are tensors of this device. */
function expectOnDevice(device: Device, what: string, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    const told = `compile: ${what}${name ? ` ${name}` : ""}`;
    if (!(value instanceof Tensor)) throw new TraceError(`${told} is not a tensor; got ${typeof value}`);
    if (value.device === device) continue;
    const { name: theirs } = value.device.capabilities;
    throw new TraceError(
      `${told} [${value.shape.join(", ")}] is on ${theirs}, the program on ${device.capabilities.name}; read() it and make it again there`,
    );
  }
}

const tensorsOf = (outputs: Outputs): Tensor[] => (outputs instanceof Tensor ? [outputs] : Object.values(outputs));

function giveMemory(
  arenas: Arenas,
  aliases: ReadonlyMap<Storage, Alias>,
  buffers: readonly Buffer[],
  bytesPerElement: (dtype: DType) => number,
): void {
  for (const [storage, { arena, offset }] of arenas.places) {
    const buffer = buffers[arena];
    if (buffer) storage.window = { buffer, offset: offset / bytesPerElement(storage.dtype) };
  }
  for (const [storage, { into, offset }] of aliases) {
    if (into.window) storage.window = { buffer: into.window.buffer, offset: into.window.offset + offset };
  }
}

function toStep(step: Traced): Step {
  if (step.kind === "launch") {
    return { kind: "launch", op: step.op, launch: step.launch, bindings: step.uses.map(bindingOfUse) };
  }
  return { kind: "copy", op: step.op, from: bindingOfUse(step.uses[0]), to: bindingOfUse(step.uses[1]) };
}

function bindingOfUse({ storage, dtype, offset, length }: Use): Binding {
  const { window } = storage;
  if (!window) throw new TraceError(`internal: ${storage.op} has no memory after planning`);
  return { buffer: window.buffer, dtype, offset: window.offset + offset, length };
}

function describePlan(
  arenas: Arenas,
  trace: Trace,
  steps: readonly Traced[],
  bytesOf: (storage: Storage) => number,
): MemoryPlan {
  const arenaBytes = arenas.sizes.reduce((sum, size) => sum + size, 0);
  const capturedBytes = [...trace.captured].reduce((sum, storage) => sum + bytesOf(storage), 0);
  const { lowerBoundBytes, unsharedBytes, largest } = arenas;
  const dispatches = steps.filter(({ kind }) => kind === "launch").length;
  return {
    arenaBytes,
    lowerBoundBytes,
    unsharedBytes,
    capturedBytes,
    peakBytes: arenaBytes + capturedBytes,
    largest,
    dispatches,
  };
}

function tooLarge(plan: MemoryPlan, cause: DeviceError): DeviceError {
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const parts = plan.largest.map(({ op, bytes }) => `${op} ${mib(bytes)}`).join(", ");
  return new DeviceError(
    "out-of-memory",
    `the program needs ${mib(plan.peakBytes)} (${mib(plan.capturedBytes)} parameters and state, ${mib(plan.arenaBytes)} activations; ` +
      `largest: ${parts}), more than the device gives; use a smaller batch or activation checkpointing. ${cause.message}`,
  );
}
