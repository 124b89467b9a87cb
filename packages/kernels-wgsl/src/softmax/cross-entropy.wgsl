// Softmax cross entropy of rows: with log p = x - m - log sum_j exp(x_j - m), m the row's maximum, and targets
// q = (1 - smoothing) t + smoothing/K, t a row of targets or one at an integer label:
//   loss[r] = -sum_k q_k log p_k;  GRADIENT: dx[r, k] = (p_k sum_j q_j - q_k) * dy * scale, with dy of the row, or one for all.
// x, dx [R, K] f32; labels [R] u32 or i32, or targets [R, K] f32; dy [R] or [1]. A label outside [0, K) gives NaN.
// Labels may come mixed, with lambda [R] and weights [R]: then t is lambda_r at row r's label and 1 - lambda_r at row
// R - 1 - r's, and a row's loss and gradient are times its weight; weight 0 gives 0 whatever the row holds.
// TEAM invocations share a row. Moves 4 bytes (GRADIENT: 8) an element, 4 more with soft targets; 8 FLOPs an element.
const TEAM = 1u; // a power of two up to 64
const SOFT = false;
const GRADIENT = false;
alias Target = u32;

struct Params { R: u32, K: u32, perRow: u32, smoothing: f32, scale: f32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<Target>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

struct Labels { own: u32, other: u32, lambda: f32, weight: f32 }

fn labelsOf(row: u32) -> Labels { return Labels(u32(targets[row]), 0u, 1.0, 1.0); }

fn targetOf(row: u32, labels: Labels, k: u32) -> f32 {
  let even = p.smoothing / f32(p.K);
  if (SOFT) { return (1.0 - p.smoothing) * f32(targets[row * p.K + k]) + even; }
  let t = labels.lambda * f32(labels.own == k) + (1.0 - labels.lambda) * f32(labels.other == k);
  return (1.0 - p.smoothing) * t + even;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = (wid.y * workgroups.x + wid.x) * (64u / TEAM) + local / TEAM;
  let start = row * p.K;
  let end = select(0u, p.K, row < p.R); // a team past the last row reads nothing, but meets the barriers
  // log of the sum
  var most = -3.4028234663852886e38;
  for (var k = local % TEAM; k < end; k += TEAM) { most = max(most, x[start + k]); }
  most = teamMax(local, most);
  var sum = 0.0;
  for (var k = local % TEAM; k < end; k += TEAM) { sum += exp(x[start + k] - most); }
  let shift = log(teamSum(local, sum));
  // loss and the sum of the targets
  let labels = labelsOf(min(row, p.R - 1u));
  var loss = 0.0;
  var weight = 0.0;
  for (var k = local % TEAM; k < end; k += TEAM) {
    let q = targetOf(row, labels, k);
    loss += q * (shift - (x[start + k] - most));
    weight += q;
  }
  loss = teamSum(local, loss);
  weight = teamSum(local, weight);
  if (row >= p.R) { return; }
  var invalid = 0.0;
  if (!SOFT) {
    if (labels.own >= p.K || (labels.lambda != 1.0 && labels.other >= p.K)) { invalid = bitcast<f32>(0x7fc00000u | min(p.K, 1u)); } // NaN
  }
  if (!GRADIENT) {
    if (local % TEAM == 0u) { result[row] = select(labels.weight * (loss + invalid), 0.0, labels.weight == 0.0); }
    return;
  }
  let seed = labels.weight * dy[row * p.perRow] * p.scale + invalid;
  for (var k = local % TEAM; k < end; k += TEAM) {
    let dx = (exp(x[start + k] - most - shift) * weight - targetOf(row, labels, k)) * seed;
    result[start + k] = select(dx, 0.0, labels.weight == 0.0);
  }
}
