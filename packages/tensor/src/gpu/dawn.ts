import { tmpdir } from "node:os";
import { AdapterError } from "./adapter-errors.js";

/** Environment variables the Vulkan loader reads while it looks for drivers. */
export type Environment = Readonly<Record<string, string>>;

const instances = new Map<string, GPU>();

/**
 * A fresh adapter from Dawn (an adapter serves one `requestDevice`), or null when Dawn finds none.
 *
 * @param flags what `create()` of `webgpu` understands
 * @param environment set only while Dawn looks for adapters, so nothing else in the process sees it
 */
export async function requestAdapter(
  flags: readonly string[],
  environment: Environment,
): Promise<{ gpu: GPU; adapter: GPUAdapter } | null> {
  const gpu = await instance(flags, environment);
  // Dawn looks for adapters before requestAdapter returns, not while its promise is pending.
  const adapter = await withEnvironment(environment, () => gpu.requestAdapter({ powerPreference: "high-performance" }));
  return adapter && { gpu, adapter };
}

/** The names of all adapters Dawn sees, as the drivers write them. */
export async function adapterNames(flags: readonly string[], environment: Environment): Promise<string[]> {
  // Dawn has no call that lists adapters, but it names them all when told to choose one that does not exist.
  const gpu = await instance([...flags, "adapter=(none)"], environment);
  try {
    await withEnvironment(environment, () => gpu.requestAdapter());
    return [];
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return [...text.matchAll(/ name: '(.*)'$/gm)].flatMap(([, name]) => name ?? []);
  }
}

/** Instances are kept: each one loads the drivers again, and a device must not outlive its instance. */
async function instance(flags: readonly string[], environment: Environment): Promise<GPU> {
  const key = JSON.stringify([flags, environment]);
  const create = await loadDawn();
  const gpu = instances.get(key) ?? create([...flags]);
  instances.set(key, gpu);
  return gpu;
}

async function loadDawn(): Promise<(flags: string[]) => GPU> {
  try {
    return (await import("webgpu")).create;
  } catch (error) {
    const platform = `${process.platform}-${process.arch}`;
    throw new AdapterError(
      `the npm package "webgpu" (Dawn) cannot be loaded on ${platform}: ${error instanceof Error ? error.message : error}
  it has binaries for Linux with glibc, Windows (x64, arm64) and macOS; if yours is one, run npm ci again`,
      { cause: error },
    );
  }
}

function withEnvironment<T>(asked: Environment, run: () => T): T {
  // Mesa complains on stderr about a missing XDG_RUNTIME_DIR although no window is ever opened.
  const environment = { XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR || tmpdir(), ...asked };
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, environment);
  try {
    return run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
