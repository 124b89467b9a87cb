import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** How a child process ended. `signal` is SIGKILL when it did not end by itself in time. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Runs JavaScript in a Node of its own, against the built packages: what a user's program does, down to its exit code.
 * The child sees no setting of this process; `environment` is all it gets.
 */
export async function run(
  code: string,
  environment: Readonly<Record<string, string>> = {},
  { folder = root, seconds = 20 } = {},
): Promise<Ended> {
  if (!existsSync(`${root}/packages/tensor/dist/index.js`)) throw new Error("run npm run build first");
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: folder,
    env: { PATH: "/nowhere", HOME: "/nowhere", ...environment },
    timeout: seconds * 1000,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exit, signal) => resolve({ code: exit, signal, stdout, stderr }));
  });
}

/** A program that prints the error a call of the tensor package throws. */
export const printError = (call: string): string => `
  import { findAdapter } from "@snnmlp/tensor";
  await ${call}.then(() => console.log("no error"), (error) => console.log(error.name + ": " + error.message));`;

/** A program that opens a `device` and runs `then`; `product(device)` is a matmul whose elements sum to 134. */
export const withDevice = (then: string): string => `
  import { matmul, openDevice, tensor } from "@snnmlp/tensor";
  const product = (device) => matmul(tensor(device, [1, 2, 3, 4], [2, 2]), tensor(device, [5, 6, 7, 8], [2, 2]));
  const sum = async (device) => (await product(device).read()).reduce((a, b) => a + b);
  const device = await openDevice({ software: "allow" });
  ${then}`;

// WebGPU's buffer usages; nothing puts `GPUBufferUsage` on globalThis.
const [mapRead, copySource, copyTarget, storage] = [0x1, 0x4, 0x8, 0x80];

/** A program that runs one dispatch without this library's device, and prints the adapter's kind and subgroup size. */
export const printSubgroupSize = `
  import { findAdapter } from "@snnmlp/tensor";
  const { adapter, kind } = await findAdapter({ software: "allow" });
  const device = await adapter.requestDevice({ requiredFeatures: ["subgroups"] });
  const code = "enable subgroups; @group(0) @binding(0) var<storage, read_write> out: array<u32>;" +
    "@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u, @builtin(subgroup_size) size: u32) { out[id.x] = size; }";
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module: device.createShaderModule({ code }) } });
  const buffer = device.createBuffer({ size: 256, usage: ${storage | copySource} });
  const host = device.createBuffer({ size: 256, usage: ${mapRead | copyTarget} });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer } }],
  }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, host, 0, 256);
  device.queue.submit([encoder.finish()]);
  await host.mapAsync(1);
  console.log(kind, ...new Set(new Uint32Array(host.getMappedRange())));`;
