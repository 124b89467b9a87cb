export interface AdapterRequest {
  readonly software?: "allow" | "refuse";
}
const keep: unknown[] = [];
export async function findAdapter(_request: AdapterRequest = {}) {
  const { create } = await import("webgpu");
  const gpu = create([]);
  keep.push(gpu);
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error("no adapter");
  return { gpu, adapter, name: adapter.info.description, kind: "lavapipe" as const, software: true };
}
