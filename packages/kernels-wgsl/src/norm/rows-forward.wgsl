// Mean, variance and affine (and GELU) of short rows in one launch: x, y [B, HW, C]; gamma, beta [C]; a row is a sample's
// group; stats [B * groups] = (mean, rstd). Layer norm over the last axis is HW = 1. Compiled after the functions of gelu/.
// TEAM invocations share a row (`teamSum`: see norm.ts), each WIDTH neighbouring channels at a time; two passes over the row for mean and variance (the corrected two-pass algorithm),
// a third for y. Moves 8 bytes and does 8 FLOPs an element when a row stays in cache.
alias T = f32;
const WIDTH = 1u;
const TEAM = 1u; // a power of two up to SIZE
const SIZE = 64u;
const GELU = false;

struct Params { rows: u32, HW: u32, C: u32, groups: u32, eps: f32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> gamma: array<T>;
@group(0) @binding(3) var<storage, read> beta: array<T>;
@group(0) @binding(4) var<storage, read_write> y: array<T>;
@group(0) @binding(5) var<storage, read_write> stats: array<vec2f>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = (wid.y * workgroups.x + wid.x) * (SIZE / TEAM) + local / TEAM;
  let columns = p.C / WIDTH;
  let perGroup = columns / p.groups;
  let group = row % p.groups * perGroup;
  let start = row / p.groups * p.HW * columns + group;
  let positions = select(0u, p.HW, row < p.rows); // a team past the last row reads nothing, but meets the barriers
  let n = f32(p.HW * perGroup * WIDTH);
  // mean, its parts over 16 positions added to a total: thousands of rounded additions in a row would lose bits
  var sum = T(0.0);
  for (var block = 0u; block < positions; block += 16u) {
    var part = T(0.0);
    for (var at = block; at < min(block + 16u, positions); at++) {
      for (var c = local % TEAM; c < perGroup; c += TEAM) { part += x[start + at * columns + c]; }
    }
    sum += part;
  }
  let rough = teamSum(local, sum) / n;
  // rstd, and what rounding left out of the mean: an error in it would shift every value of the row alike
  var rest = T(0.0);
  var squares = T(0.0);
  for (var block = 0u; block < positions; block += 16u) {
    var partRest = T(0.0);
    var part = T(0.0);
    for (var at = block; at < min(block + 16u, positions); at++) {
      for (var c = local % TEAM; c < perGroup; c += TEAM) {
        let d = x[start + at * columns + c] - rough;
        partRest += d;
        part += d * d;
      }
    }
    rest += partRest;
    squares += part;
  }
  let correction = teamSum(local, rest) / n;
  let mean = rough + correction;
  let rstd = 1.0 / sqrt(teamSum(local, squares) / n - correction * correction + p.eps);
  // y
  for (var at = 0u; at < positions; at++) {
    for (var c = local % TEAM; c < perGroup; c += TEAM) {
      let k = start + at * columns + c;
      let z = (x[k] - mean) * (gamma[group + c] * rstd) + beta[group + c];
      if (GELU) { y[k] = geluT(z); } else { y[k] = z; }
    }
  }
  if (local % TEAM == 0u && row < p.rows) { stats[row] = vec2f(mean, rstd); }
}
