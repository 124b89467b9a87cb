// Softmax of rows: y[r, k] = exp(x[r, k] - m) / sum_j exp(x[r, j] - m) with m = max_j x[r, j]; LOG: its logarithm.
// x, y [R, K] f32. TEAM invocations share a row. Moves 8 bytes and does about 10 FLOPs an element when a row stays in cache.
const TEAM = 1u; // a power of two up to 64
const LOG = false;

struct Params { R: u32, K: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = (wid.y * workgroups.x + wid.x) * (64u / TEAM) + local / TEAM;
  let start = row * p.K;
  let end = select(0u, p.K, row < p.R); // a team past the last row reads nothing, but meets the barriers
  // max
  var most = -3.4028234663852886e38;
  for (var k = local % TEAM; k < end; k += TEAM) { most = max(most, x[start + k]); }
  most = teamMax(local, most);
  // sum
  var sum = 0.0;
  for (var k = local % TEAM; k < end; k += TEAM) { sum += exp(x[start + k] - most); }
  sum = teamSum(local, sum);
  // y
  let scale = 1.0 / sum;
  let shift = most + log(sum);
  for (var k = local % TEAM; k < end; k += TEAM) {
    if (LOG) { y[start + k] = x[start + k] - shift; } else { y[start + k] = exp(x[start + k] - most) * scale; }
  }
}
