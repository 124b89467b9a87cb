// augment.wgsl one element an invocation, for images of any size: formula, buffers and random numbers are those there.

struct Params { B: u32, inner: u32, W: u32, C: u32, mode: u32, stream: u32 } // inner = H W C

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> bytes: array<u32>;
@group(0) @binding(2) var<storage, read> statistics: array<f32>;
@group(0) @binding(3) var<storage, read> erase: array<vec4i>;
@group(0) @binding(4) var<storage, read> cut: array<vec4i>;
@group(0) @binding(5) var<storage, read> lambda: array<f32>;
@group(0) @binding(6) var<storage, read> key: array<u32>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

fn element(b: u32, place: u32) -> f32 {
  if (inside(erase[b], vec4u(place)).x) {
    let i = b * p.inner + place;
    if (p.mode == 2u) { return colour(b, place % p.C); }
    return erased4(b, i / 4u)[i % 4u];
  }
  let i = b * p.inner + place;
  let c = place % p.C;
  return (f32((bytes[i / 4u] >> (8u * (i % 4u))) & 255u) - statistics[c]) / statistics[4u * p.C + c];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = group.z * groups.y + group.y;
  let place = group.x * 64u + lane;
  if (b >= p.B || place >= p.inner) { return; }
  let partner = p.B - 1u - b;
  var value = element(b, place);
  if (cut[b].z > 0) {
    if (inside(cut[b], vec4u(place)).x) { value = element(partner, place); }
  } else if (lambda[b] != 1.0) {
    value = lambda[b] * value + (1.0 - lambda[b]) * element(partner, place);
  }
  y[b * p.inner + place] = value;
}
