// y[i] = start + step * i, 4 elements per invocation; y [count] of dtype T, padded to whole vectors.
// A constant has its own expression, so that integers and large counts stay exact. Moves count * sizeof T bytes.
alias T = f32;
alias V = vec4<T>;

struct Params { count: u32, start: u32, step: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> y: array<V>;

fn scalar(bits: u32) -> T { return bitcast<T>(bits); }
fn value(i: vec4u) -> V { return V(scalar(p.start)) + V(scalar(p.step)) * V(i); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (4u * i >= p.count) { return; }
  let index = 4u * i + vec4u(0, 1, 2, 3);
  y[i] = select(V(0), value(index), index < vec4u(p.count)); // zeros past the end: a slab's gaps stay clean
}
