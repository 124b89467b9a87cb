// dw = sum over z of parts[z], dbias = sum over z of sums[z]: parts [Z, KN] and sums [Z, N] as lanes-tn.wgsl leaves
// them, sizes in vec4. One invocation per 4 values, in the order of z.
struct Params { Z: u32, KN4: u32, N4: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> parts: array<vec4f>;
@group(0) @binding(2) var<storage, read> sums: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dw: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> dbias: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  var sum = vec4f(0.0);
  if (i < p.KN4) {
    for (var z = 0u; z < p.Z; z++) { sum += parts[z * p.KN4 + i]; }
    dw[i] = sum;
  } else if (i < p.KN4 + p.N4) {
    let column = i - p.KN4;
    for (var z = 0u; z < p.Z; z++) { sum += sums[z * p.N4 + column]; }
    dbias[column] = sum;
  }
}
