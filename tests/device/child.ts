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

/** A program that opens an adapter as `device` and runs `then`; `dispatch()` gives the sizes of subgroups that ran. */
export const withDevice = (then: string): string => `
  import { findAdapter } from "@snnmlp/tensor";
  const open = async () => (await findAdapter({ software: "allow" })).adapter.requestDevice({ requiredFeatures: ["subgroups"] });
  const shader = "enable subgroups; @group(0) @binding(0) var<storage, read_write> out: array<u32>;" +
    "@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u, @builtin(subgroup_size) size: u32) { out[id.x] = size; }";
  function submit(device) {
    const pipeline = device.createComputePipeline({
      layout: "auto", compute: { module: device.createShaderModule({ code: shader }) },
    });
    const out = device.createBuffer({ size: 256, usage: 0x84 });
    const copy = device.createBuffer({ size: 256, usage: 0x9 });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: out } }],
    }));
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(out, 0, copy, 0, 256);
    device.queue.submit([encoder.finish()]);
    return copy;
  }
  async function dispatch(device) {
    const copy = submit(device);
    await copy.mapAsync(1);
    const sizes = [...new Set(new Uint32Array(copy.getMappedRange().slice(0)))];
    copy.destroy();
    return sizes;
  }
  const device = await open();
  ${then}`;
