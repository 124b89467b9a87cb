// dx[o, n, c] = sum of dy[o, r, c] over the r with index[r] = n: the gradient of gather.
// dy [outer, R, inner] f32, index [R], dx [outer, N, inner]. One invocation per V of dx scans all indices in order, so
// the sum has a fixed order and needs no atomics. V is 1 or 4 neighbours (`inner` counts those).
// Reads R indices per V of dx and each row of dy once; writes dx.
alias V = f32;

struct Params { outer: u32, N: u32, R: u32, inner: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> dy: array<V>;
@group(0) @binding(2) var<storage, read> index: array<u32>;
@group(0) @binding(3) var<storage, read_write> dx: array<V>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (i >= p.outer * p.N * p.inner) { return; }
  let n = (i / p.inner) % p.N;
  let base = (i / (p.inner * p.N)) * p.R * p.inner + i % p.inner;
  var sum = V(0);
  for (var r = 0u; r < p.R; r++) {
    if (index[r] == n) { sum += dy[base + r * p.inner]; }
  }
  dx[i] = sum;
}
