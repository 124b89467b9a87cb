import { likeABrowser } from "../contend.mjs";

export const tf = await import("@tensorflow/tfjs-core");

/** Opens tfjs' WebGPU backend. @returns `flush`, which waits for everything launched */
export async function openTfjs(toggles) {
  await likeABrowser(toggles);
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  const names = [
    "maxStorageBufferBindingSize",
    "maxBufferSize",
    "maxComputeWorkgroupStorageSize",
    "maxComputeInvocationsPerWorkgroup",
    "maxComputeWorkgroupSizeX",
  ];
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(names.map((name) => [name, adapter.limits[name]])),
  });
  const backend = new WebGPUBackend(device, adapter.info);
  tf.removeBackend("webgpu");
  tf.registerBackend("webgpu", () => backend);
  await tf.setBackend("webgpu");
  tf.env().set("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE", 64);
  software = /llvmpipe|swiftshader/.test(adapter.info.device);
  // Its kernel for small results wants a GPU with many cores; on a CPU the tiled one is 4 times faster.
  tf.env().set("WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL", software ? 1 : -1);
  return {
    flush: async () => {
      backend.endComputePassEncoder();
      if (backend.commandEncoder) backend.submitQueue();
      await device.queue.onSubmittedWorkDone();
    },
  };
}

/** Whether the adapter is a CPU. */
export let software = false;
