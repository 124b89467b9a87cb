// y[4i .. 4i+3] = four random numbers of block i: Philox with counter (i, stream, 0, 0) and key (seed, step).
// The key lies in a storage buffer, so a recorded launch gives new numbers when the step in it changes; `stream` tells
// apart the draws within a step. `draw` is the distribution, a and b its parameters. R is the output's dtype.
// y [count], padded to whole vectors. Moves 4 * count bytes, about 20 integer operations a number.
alias R = f32;

struct Params { count: u32, stream: u32, a: f32, b: f32, low: i32, span: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> key: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<R>>;

fn draw(bits: vec4u) -> vec4<R> { return vec4<R>(bits); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (4u * i >= p.count) { return; }
  let bits = philox(vec4u(i, p.stream, 0, 0), vec2u(key[0], key[1]));
  let inside = 4u * i + vec4u(0, 1, 2, 3) < vec4u(p.count);
  y[i] = select(vec4<R>(0), draw(bits), inside); // zeros past the end: a slab's gaps stay clean
}
