// dx of the norm over short rows in one launch (layouts as in rows-forward.wgsl): with h = (x - mean) rstd, dz = dy
// (with GELU: dy gelu'(gamma h + beta)) and g = gamma dz,  dx = rstd (g - mean(g) - h mean(g h)), means over the row.
// `soFar` gives what is added to dx: see norm.ts. TEAM invocations share a row (`teamSum` likewise). Moves 12 bytes and does 12 FLOPs an element when a row stays in cache.
alias T = f32;
const WIDTH = 1u;
const TEAM = 1u; // a power of two up to SIZE
const SIZE = 64u;
const GELU = false;

struct Params { rows: u32, HW: u32, C: u32, groups: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> gamma: array<T>;
@group(0) @binding(3) var<storage, read> beta: array<T>;
@group(0) @binding(4) var<storage, read> stats: array<vec2f>;
@group(0) @binding(5) var<storage, read> dy: array<T>;
@group(0) @binding(6) var<storage, read_write> dx: array<T>;

fn gradient(dy: T, h: T, channel: u32) -> T {
  var dz = dy;
  if (GELU) { dz *= geluGradT(h * gamma[channel] + beta[channel]); }
  return dz * gamma[channel];
}

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
  let moments = stats[min(row, p.rows - 1u)];
  // sums over the row, in parts of 16 positions as in rows-forward.wgsl
  var sumG = T(0.0);
  var sumGh = T(0.0);
  for (var block = 0u; block < positions; block += 16u) {
    var partG = T(0.0);
    var partGh = T(0.0);
    for (var at = block; at < min(block + 16u, positions); at++) {
      for (var c = local % TEAM; c < perGroup; c += TEAM) {
        let k = start + at * columns + c;
        let h = (x[k] - moments.x) * moments.y;
        let g = gradient(dy[k], h, group + c);
        partG += g;
        partGh += g * h;
      }
    }
    sumG += partG;
    sumGh += partGh;
  }
  let meanG = teamSum(local, sumG) / n;
  let meanGh = teamSum(local, sumGh) / n;
  // dx
  for (var at = 0u; at < positions; at++) {
    for (var c = local % TEAM; c < perGroup; c += TEAM) {
      let k = start + at * columns + c;
      let h = (x[k] - moments.x) * moments.y;
      dx[k] = (gradient(dy[k], h, group + c) - meanG - h * meanGh) * moments.y + soFar(k);
    }
  }
}
