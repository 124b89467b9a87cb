// y[i] = sum over 8 chains of a, where every chain does a = a b + c 8 * rounds times: arithmetic without memory.
// 8 independent chains hide the latency of a multiply-add on CPUs and GPUs alike and still fit the registers of both.
// a * b + c, not fma(): drivers of GPUs fuse it, and lavapipe computes fma() in software, six times slower.
// x is [b, c]; y is [invocations]. Moves 4 * invocations bytes, 128 * rounds + 7 FLOPs an invocation.
const CHAINS = 8u;
const STEPS = 8u;

struct Params { invocations: u32, rounds: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (i >= p.invocations) { return; }
  let b = x[0];
  let c = x[1];
  var a: array<f32, CHAINS>;
  // unroll
  for (var j = 0u; j < CHAINS; j++) { a[j] = f32(i + j); }
  for (var round = 0u; round < p.rounds; round++) {
    // unroll
    for (var k = 0u; k < STEPS; k++) {
      // unroll
      for (var j = 0u; j < CHAINS; j++) { a[j] = a[j] * b + c; }
    }
  }
  y[i] = a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7];
}
