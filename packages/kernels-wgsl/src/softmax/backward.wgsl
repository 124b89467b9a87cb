// Backward of softmax from its result: dx = y (dy - sum_j dy_j y_j); LOG, of log-softmax: dx = dy - exp(y) sum_j dy_j.
// y, dy, dx [R, K] f32. TEAM invocations share a row. Moves 12 bytes and does 5 FLOPs an element when a row stays in cache.
const TEAM = 1u; // a power of two up to 64
const LOG = false;

struct Params { R: u32, K: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = (wid.y * workgroups.x + wid.x) * (64u / TEAM) + local / TEAM;
  let start = row * p.K;
  let end = select(0u, p.K, row < p.R); // a team past the last row reads nothing, but meets the barriers
  var sum = 0.0;
  for (var k = local % TEAM; k < end; k += TEAM) {
    if (LOG) { sum += dy[start + k]; } else { sum += dy[start + k] * y[start + k]; }
  }
  sum = teamSum(local, sum);
  for (var k = local % TEAM; k < end; k += TEAM) {
    let i = start + k;
    if (LOG) { dx[i] = dy[i] - exp(y[i]) * sum; } else { dx[i] = y[i] * (dy[i] - sum); }
  }
}
