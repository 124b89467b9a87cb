// y[o, c] = the first r for which x[o, r, c] is largest (smallest if MIN): x [outer, R, inner] of dtype T, y u32 [outer, inner].
// One invocation per y, in a loop over r. Moves outer * inner * (R sizeof T + 4) bytes.
alias T = f32;
const MIN = false;

struct Params { outer: u32, rows: u32, inner: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (i >= p.outer * p.inner) { return; }
  let base = (i / p.inner) * p.rows * p.inner + i % p.inner;
  var best = x[base];
  var index = 0u;
  for (var r = 1u; r < p.rows; r++) {
    let value = x[base + r * p.inner];
    if (select(value > best, value < best, MIN)) {
      best = value;
      index = r;
    }
  }
  y[i] = index;
}
