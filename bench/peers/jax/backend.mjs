import { likeABrowser } from "../contend.mjs";

/** jax-js; it looks for `navigator` when it is loaded, so this module comes after `openJax`. */
export let jax;

export async function openJax(toggles) {
  await likeABrowser(toggles, { userAgent: "node", platform: "Linux", vendor: "" });
  jax = await import("@jax-js/jax");
  if (!(await jax.init()).includes("webgpu")) throw new Error("jax-js finds no WebGPU adapter");
  jax.defaultDevice("webgpu");
}
