// y[r, c] = on where index[r] = c, else off: index [R], y [R, classes] f32. An index outside 0..classes-1 gives off
// everywhere. One invocation per y. Moves 4 * R * (classes + 1) bytes.

struct Params { R: u32, classes: u32, on: f32, off: f32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (i >= p.R * p.classes) { return; }
  y[i] = select(p.off, p.on, index[i / p.classes] == i % p.classes);
}
