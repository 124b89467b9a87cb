import { ceilDiv, type Launch } from "@snnmlp/kernels-wgsl";
import { findAdapter } from "@snnmlp/tensor";
import { expect } from "vitest";
import { fromHalf, toHalf } from "./float16.js";

/** How a storage buffer's elements are laid out on the GPU. */
export type DType = "f32" | "i32" | "u32" | "f16";

/** One storage buffer of a test: element type, and one number per element. */
export interface TestBuffer {
  readonly dtype: DType;
  readonly values: Float64Array;
}

/** Values of an input, rounded to what the GPU will see, so that the reference computes from the same numbers. */
export function input(values: Iterable<number>, dtype: DType = "f32"): TestBuffer {
  return { dtype, values: decode(encode(Float64Array.from(values), dtype), dtype) };
}

/** An output of `length` elements, full of garbage: an element the kernel forgets shows. */
export function output(length: number, dtype: DType = "f32"): TestBuffer {
  return { dtype, values: new Float64Array(length).fill(dtype === "u32" ? 3_735_928_559 : -7777) };
}

/** `count` numbers in [-1, 1), the same for the same seed (mulberry32). */
export function noise(count: number, seed = 1): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) / 2 ** 31;
  });
}

// WebGPU's buffer usages; nothing puts `GPUBufferUsage` on globalThis.
const usage = { MAP_READ: 0x1, COPY_SRC: 0x4, COPY_DST: 0x8, UNIFORM: 0x40, STORAGE: 0x80 } as const;
const mapRead = 1;
const pipelines = new Map<string, GPUComputePipeline>();
let opened: Promise<GPUDevice> | undefined;

/** The test process's one device, on the adapter SNNMLP_ADAPTER names or else the best, with the features kernels may use. */
export function testDevice(): Promise<GPUDevice> {
  opened ??= (async () => {
    const { adapter } = await findAdapter({ software: "allow" });
    const wanted: GPUFeatureName[] = ["shader-f16", "subgroups"];
    return adapter.requestDevice({ requiredFeatures: wanted.filter((feature) => adapter.features.has(feature)) });
  })();
  return opened;
}

/** A launch and the buffers it binds, as indices into the test's list. */
export type Step = readonly [launch: Launch, buffers: readonly number[]];

/** Runs `steps` on the GPU and returns what every buffer holds afterwards. Validation errors are thrown. */
export async function runOnGpu(steps: readonly Step[], buffers: readonly TestBuffer[]): Promise<Float64Array[]> {
  const device = await testDevice();
  device.pushErrorScope("validation");
  const storage = buffers.map(({ values, dtype }) => {
    const bytes = new Uint8Array(encode(values, dtype));
    // Zero-padded to 16 bytes, as the library's own buffers are.
    const size = Math.max(16, 16 * ceilDiv(bytes.length, 16));
    const buffer = device.createBuffer({ size, usage: usage.STORAGE | usage.COPY_SRC, mappedAtCreation: true });
    new Uint8Array(buffer.getMappedRange()).set(bytes);
    buffer.unmap();
    return buffer;
  });
  const encoder = device.createCommandEncoder();
  const uniforms: GPUBuffer[] = [];
  for (const [launch, indices] of steps) {
    const { kernel } = launch;
    expect(indices.length, `${kernel.name}: storage buffers`).toBe(kernel.access.length);
    let pipeline = pipelines.get(kernel.code);
    if (!pipeline) {
      const module = device.createShaderModule({ code: kernel.code, label: kernel.key });
      pipeline = device.createComputePipeline({ layout: "auto", compute: { module }, label: kernel.key });
      pipelines.set(kernel.code, pipeline);
    }
    const entries: GPUBindGroupEntry[] = indices.map((index, i) => {
      const buffer = storage[index];
      if (!buffer) throw new Error(`${kernel.name}: the test has no buffer ${index}`);
      return { binding: i + 1, resource: { buffer } };
    });
    if (kernel.uniform) {
      const size = Math.max(16, 16 * ceilDiv(launch.params.byteLength, 16));
      const buffer = device.createBuffer({ size, usage: usage.UNIFORM, mappedAtCreation: true });
      new Uint32Array(buffer.getMappedRange()).set(launch.params);
      buffer.unmap();
      uniforms.push(buffer);
      entries.push({ binding: 0, resource: { buffer } });
    }
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(...launch.grid);
    pass.end();
  }
  const staging = storage.map((buffer) => {
    const copy = device.createBuffer({ size: buffer.size, usage: usage.COPY_DST | usage.MAP_READ });
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
    return copy;
  });
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error) throw new Error(error.message);
  const results: Float64Array[] = [];
  for (const [i, copy] of staging.entries()) {
    await copy.mapAsync(mapRead);
    const { values, dtype } = buffers[i] ?? { values: new Float64Array(), dtype: "f32" };
    results.push(decode(copy.getMappedRange().slice(0, values.length * (dtype === "f16" ? 2 : 4)), dtype));
  }
  for (const buffer of [...storage, ...uniforms, ...staging]) buffer.destroy();
  return results;
}

/** Runs the references of `steps` and returns what every buffer holds afterwards. */
export function runReference(steps: readonly Step[], buffers: readonly TestBuffer[]): Float64Array[] {
  const results = buffers.map(({ values }) => values.slice());
  for (const [launch, indices] of steps) {
    launch.reference(...indices.map((index) => results[index] ?? new Float64Array()));
  }
  return results;
}

/**
 * Largest allowed difference: `relative * |expected|` for each element, plus `floor` times the largest of the buffer
 * (a sum of large terms may cancel to a small one). Integers must match exactly.
 */
const tolerance = {
  f32: { relative: 1e-5, floor: 2e-6 },
  f16: { relative: 2e-3, floor: 1e-3 },
  i32: { relative: 0, floor: 0 },
  u32: { relative: 0, floor: 0 },
};

/** Fails unless `actual` is `expected` up to the rounding of `dtype`; the message names the worst element. */
export function expectClose(actual: Float64Array, expected: Float64Array, dtype: DType, what: string): void {
  const { relative, floor } = tolerance[dtype];
  const largest = expected.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
  let worst = { excess: 0, index: -1 };
  for (const [index, want] of expected.entries()) {
    const got = actual[index] ?? Number.NaN;
    if (Object.is(got, want) || got === want) continue;
    const excess = Math.abs(got - want) / (relative * Math.abs(want) + floor * largest);
    if (!(excess <= Math.max(1, worst.excess))) worst = { excess, index };
  }
  const { index } = worst;
  expect(index, `${what}[${index}]: got ${actual[index]}, expected ${expected[index]}`).toBe(-1);
}

/**
 * Runs `steps` on the GPU and by reference, compares every buffer, and returns the GPU's results.
 * Buffers whose indices are in `scratch` may differ: partial sums that shader and reference split in their own way.
 */
export async function checkLaunches(
  steps: readonly Step[],
  buffers: readonly TestBuffer[],
  scratch: readonly number[] = [],
): Promise<Float64Array[]> {
  const results = await runOnGpu(steps, buffers);
  const expected = runReference(steps, buffers);
  const keys = steps.map(([launch]) => launch.kernel.key).join(", ");
  for (const [i, { dtype }] of buffers.entries()) {
    if (scratch.includes(i)) continue;
    expectClose(results[i] ?? new Float64Array(), expected[i] ?? new Float64Array(), dtype, `${keys}: buffer ${i}`);
  }
  return results;
}

/** `checkLaunches` for one launch that binds `buffers` in order. */
export function checkLaunch(launch: Launch, ...buffers: TestBuffer[]): Promise<Float64Array[]> {
  return checkLaunches([[launch, buffers.map((_, i) => i)]], buffers);
}

function encode(values: Float64Array, dtype: DType): ArrayBuffer {
  if (dtype === "f32") return Float32Array.from(values).buffer;
  if (dtype === "i32") return Int32Array.from(values).buffer;
  if (dtype === "u32") return Uint32Array.from(values).buffer;
  return Uint16Array.from(values, toHalf).buffer;
}

function decode(bytes: ArrayBuffer, dtype: DType): Float64Array {
  if (dtype === "f32") return Float64Array.from(new Float32Array(bytes));
  if (dtype === "i32") return Float64Array.from(new Int32Array(bytes));
  if (dtype === "u32") return Float64Array.from(new Uint32Array(bytes));
  return Float64Array.from(new Uint16Array(bytes), fromHalf);
}
