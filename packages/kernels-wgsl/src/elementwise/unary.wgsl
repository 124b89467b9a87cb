// y[i] = f(x[i]), 4 elements per invocation; x of dtype T, y of dtype R, both [count] padded to whole vectors.
// `apply` is the row's expression; low and high are its scalars (clip's bounds, or the number in x * 2).
// Moves count * (sizeof T + sizeof R) bytes.
alias T = f32;
alias R = f32;
alias V = vec4<T>;

struct Params { count: u32, low: u32, high: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<R>>;

fn scalar(bits: u32) -> T { return bitcast<T>(bits); }
fn apply(x: V, low: V, high: V) -> vec4<R> { return x; }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (4u * i >= p.count) { return; }
  let inside = 4u * i + vec4u(0, 1, 2, 3) < vec4u(p.count);
  y[i] = select(vec4<R>(0), apply(x[i], V(scalar(p.low)), V(scalar(p.high))), inside); // zeros past the end: a slab's gaps stay clean
}
