// dx[i] = dy[i] * f'(x[i]), from the input x or the output y = f(x), whichever f' is simpler in ("kept").
// 4 elements per invocation; dy, kept, dx [count] of dtype T, padded to whole vectors. Moves 3 * count * sizeof T bytes.
alias T = f32;
alias V = vec4<T>;

struct Params { count: u32, low: u32, high: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> gradient: array<V>;
@group(0) @binding(2) var<storage, read> kept: array<V>;
@group(0) @binding(3) var<storage, read_write> dx: array<V>;

fn scalar(bits: u32) -> T { return bitcast<T>(bits); }
fn apply(dy: V, x: V, low: V, high: V) -> V { return dy; }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (4u * i >= p.count) { return; }
  let inside = 4u * i + vec4u(0, 1, 2, 3) < vec4u(p.count);
  dx[i] = select(V(0), apply(gradient[i], kept[i], V(scalar(p.low)), V(scalar(p.high))), inside); // zeros past the end: a slab's gaps stay clean
}
