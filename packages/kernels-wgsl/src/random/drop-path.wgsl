// y[b, j] = residual[b, j] + keep(b) x[b, j] / (1 - p), keep(b) = 1 with probability 1 - p, drawn for each sample b
// (stochastic depth, Huang et al., arXiv 1603.09382). x, y [B, inner] f32, padded to whole vectors. keep(b) comes from
// (key, stream) alone, so the backward pass runs the same kernel on dy and no mask is stored.
// RESIDUAL adds a third tensor; without it the sum starts from 0. V is 1 or 4 neighbours (`inner` counts those).
// A workgroup takes 256 V's of one sample, so that the drawing is paid once for four. Moves 8 (12) bytes an element.
alias V = f32;

struct Params { samples: u32, inner: u32, stream: u32, keep: f32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> key: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<V>;
@group(0) @binding(3) var<storage, read_write> y: array<V>;

fn add(i: u32, value: V) -> V { return value; }

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let sample = group.z * groups.y + group.y;
  if (sample >= p.samples) { return; }
  let bits = philox(vec4u(sample / 4u, p.stream, 0, 0), vec2u(key[0], key[1]));
  let kept = unit(bits)[sample % 4u] < p.keep;
  let base = sample * p.inner;
  let first = group.x * 256u + lane;
  for (var c = first; c < min(first + 256u, p.inner); c += 64u) {
    var value = V(0);
    if (kept) { value = x[base + c] / p.keep; }
    y[base + c] = add(base + c, value);
  }
}
