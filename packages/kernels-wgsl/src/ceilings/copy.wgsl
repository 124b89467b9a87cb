// y = x over flat f32 arrays of 4 * vectors numbers, nothing else: what a kernel that only moves memory can reach here.
// An invocation copies PER vectors, 64 apart, so that neighbouring lanes touch neighbouring memory.
// Moves 32 * vectors bytes, no FLOPs.
const PER = 1u;

struct Params { vectors: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * 64u * PER + lane;
  // unroll
  for (var k = 0u; k < PER; k++) {
    let i = first + 64u * k;
    if (i < p.vectors) { y[i] = x[i]; }
  }
}
