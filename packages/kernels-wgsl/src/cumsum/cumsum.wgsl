// Running sums along an axis: y[o, n, i] = sum_{m <= n} x[o, m, i], or over m >= n with REVERSE.
// x, y [outer, N, inner] f32. One invocation walks one line, so neighbours read neighbouring elements where inner > 1.
// Sums of CHUNK elements are added up apart, which keeps rounding at (N / CHUNK + CHUNK) steps instead of N.
// Moves 8 bytes and does 2 FLOPs an element.
const REVERSE = false;
const CHUNK = 256u;

struct Params { outer: u32, N: u32, inner: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let line = gid.y * (groups.x * 64u) + gid.x;
  if (line >= p.outer * p.inner) { return; }
  let start = line / p.inner * (p.N * p.inner) + line % p.inner;
  var before = 0.0; // sum of the whole chunks so far
  var chunk = 0.0;
  for (var step = 0u; step < p.N; step++) {
    if (step % CHUNK == 0u) { before += chunk; chunk = 0.0; }
    let n = select(step, p.N - 1u - step, REVERSE);
    chunk += x[start + n * p.inner];
    y[start + n * p.inner] = before + chunk;
  }
}
