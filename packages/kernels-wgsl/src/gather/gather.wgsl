// y[o, r, c] = x[o, index[r], c], and 0 where index[r] is outside 0..N-1: x [outer, N, inner], index [R], y [outer, R, inner].
// T is one 4-byte word (any dtype), f16, or 4 neighbours of either (`inner` counts T's). Indices are u32 or i32: a
// negative one, read as u32, is out of range too. One invocation per T of y. Moves 2 * outer * R * inner T's and R words.
alias T = u32;

struct Params { outer: u32, N: u32, R: u32, inner: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> index: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<T>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (i >= p.outer * p.R * p.inner) { return; }
  let row = index[(i / p.inner) % p.R];
  var value = T(0);
  if (row < p.N) { value = x[((i / (p.inner * p.R)) * p.N + row) * p.inner + i % p.inner]; }
  y[i] = value;
}
