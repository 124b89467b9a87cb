// y[b, j] = residual[b, j] + keep(b) x[b, j] / (1 - p), keep(b) = 1 with probability 1 - p, drawn for each sample b
// (stochastic depth, Huang et al., arXiv 1603.09382). x, y [B, inner] f32, padded to whole vectors. keep(b) comes from
// (key, stream) alone, so the backward pass runs the same kernel on dy and no mask is stored.
// RESIDUAL adds a third tensor; without it the sum starts from 0. V is 1 or 4 neighbours (`inner` counts those).
// One invocation per V. Moves 8 (12) bytes an element.
alias V = f32;

struct Params { samples: u32, inner: u32, stream: u32, keep: f32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> key: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<V>;
@group(0) @binding(3) var<storage, read_write> y: array<V>;

fn add(i: u32, value: V) -> V { return value; }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (i >= p.samples * p.inner) { return; }
  let sample = i / p.inner;
  let bits = philox(vec4u(sample / 4u, p.stream, 0, 0), vec2u(key[0], key[1]));
  let kept = unit(bits)[sample % 4u] < p.keep;
  var value = V(0);
  if (kept) { value = x[i] / p.keep; }
  y[i] = add(i, value);
}
