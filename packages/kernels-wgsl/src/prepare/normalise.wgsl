// y = (byte - mean) / std per channel, mean and std in bytes' units: what `(byte / 255 - mean / 255) / (std / 255)` is.
// bytes [ceil(N / 4)] u32, four neighbours of [B, H, W, C] a word, the first in the lowest bits; y [N] f32, padded to whole
// vectors. statistics: C vectors of means, then C of stds; a word's four channels are those of vector `word % C`.
// An invocation takes one word. Moves 5 bytes and does 2 FLOPs an element.

struct Params { words: u32, C: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> bytes: array<u32>;
@group(0) @binding(2) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (i >= p.words) { return; }
  let four = vec4f((vec4u(bytes[i]) >> vec4u(0, 8, 16, 24)) & vec4u(255));
  let channels = i % p.C;
  y[i] = (four - statistics[channels]) / statistics[p.C + channels];
}
