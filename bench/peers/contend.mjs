import { createInterface } from "node:readline";

/**
 * One side of a comparison: a process that makes one task ready, then runs it once for every line "run" on stdin, so that
 * the sides take turns. Every answer is one line of JSON on stdout.
 *
 *     node tfjs.mjs '{"task":"nano-train","toggles":["skip_validation"]}'
 *
 * @param {(task: object) => Promise<{ run: () => Promise<unknown>, facts?: () => object }>} prepare
 *   `run` ends when its work is done on the GPU; `facts` are shown with the result
 */
export async function contend(prepare) {
  const task = JSON.parse(process.argv[2] ?? "{}");
  const meter = await startMeter();
  const { run, facts = () => ({}) } = await prepare(task);
  const { ms: firstMs } = await timed(run);
  const before = { ...meter };
  await run();
  const { dispatches, submits } = meter;
  const perRun = { dispatches: dispatches - before.dispatches, submits: submits - before.submits };
  const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  say({ firstMs, ...perRun, pipelines: meter.pipelines });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "run") say(await timed(run));
    if (line === "end") break;
  }
  say({ peakBytes: meter.peakBytes, ...facts() });
  process.exit(0);
}

/** ms of a run, and ms of CPU it took: the steadier number where the adapter is a CPU that others use, too. */
async function timed(run) {
  const before = process.cpuUsage();
  const start = performance.now();
  await run();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { ms, cpuMs: (user + system) / 1000 };
}

/** Counts what any library on this process' WebGPU does. */
async function startMeter() {
  const { globals } = await import("webgpu");
  const meter = { dispatches: 0, submits: 0, pipelines: 0, bytes: 0, peakBytes: 0 };
  const sizes = new WeakMap();
  after(globals.GPUComputePassEncoder, "dispatchWorkgroups", () => meter.dispatches++);
  after(globals.GPUQueue, "submit", () => meter.submits++);
  after(globals.GPUDevice, "createComputePipeline", () => meter.pipelines++);
  after(globals.GPUDevice, "createComputePipelineAsync", () => meter.pipelines++);
  after(globals.GPUDevice, "createBuffer", (buffer, { size }) => {
    sizes.set(buffer, size);
    meter.bytes += size;
    meter.peakBytes = Math.max(meter.peakBytes, meter.bytes);
  });
  const { destroy } = globals.GPUBuffer.prototype;
  globals.GPUBuffer.prototype.destroy = function () {
    meter.bytes -= sizes.get(this) ?? 0;
    sizes.delete(this);
    return destroy.call(this);
  };
  return meter;
}

function after({ prototype }, method, note) {
  const original = prototype[method];
  prototype[method] = function (...args) {
    const result = original.apply(this, args);
    note(result, ...args);
    return result;
  };
}

/** Makes this process' WebGPU what a browser library expects: globals, and `navigator.gpu` with Dawn's toggles. */
export async function likeABrowser(toggles, extra = {}) {
  const { create, globals } = await import("webgpu");
  const on = toggles.filter((name) => !name.startsWith("-"));
  const off = toggles.filter((name) => name.startsWith("-")).map((name) => name.slice(1));
  const gpu = create([`enable-dawn-features=${on.join(",")}`, `disable-dawn-features=${off.join(",")}`]);
  Object.assign(globalThis, globals, { self: globalThis });
  globalThis.navigator ??= {};
  for (const [name, value] of Object.entries({ gpu, ...extra })) {
    Object.defineProperty(globalThis.navigator, name, { value, configurable: true, writable: true });
  }
  return gpu;
}

/** Pseudo-random numbers in [-1, 1), the same every time. */
export function noise(count, seed = 1) {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
