// y = keep y + add x over a slab; keep = 0 forgets y whatever it holds. For the mean gradient of several batches (keep 0,
// then 1; add 1 / batches) and for moving averages of parameters (keep = decay, add = 1 - decay).
// y and x are flat f32 slabs [count], padded to whole vectors; `factors` [2] = keep, add.
// 4 elements per invocation. Moves 12 * count bytes, 3 FLOPs an element.

struct Params { vectors: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> factors: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (i >= p.vectors) { return; }
  let added = factors[1] * x[i];
  if (factors[0] == 0.0) { y[i] = added; } else { y[i] = factors[0] * y[i] + added; }
}
