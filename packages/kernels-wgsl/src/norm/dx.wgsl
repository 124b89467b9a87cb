// dx = rstd (g - mean(g) - h mean(g h)) with h = (x - mean) rstd and g = gamma dz, dz = dy (with GELU: dy gelu'(gamma h + beta)).
// x, dy, dx [B, HW, C]; gamma, beta [C]; stats [B * groups] = (mean, rstd); means [B * groups] = (mean g, mean g h).
// `soFar` gives what is added to dx: see norm.ts.
// One invocation takes `chunk` positions of WIDTH neighbouring channels. Moves 12 bytes and does 7 FLOPs an element (GELU: 50).
alias T = f32;
const WIDTH = 1u;
const GELU = false;

struct Params { B: u32, HW: u32, C: u32, groups: u32, chunk: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> gamma: array<T>;
@group(0) @binding(3) var<storage, read> beta: array<T>;
@group(0) @binding(4) var<storage, read> stats: array<vec2f>;
@group(0) @binding(5) var<storage, read> means: array<vec2f>;
@group(0) @binding(6) var<storage, read> dy: array<T>;
@group(0) @binding(7) var<storage, read_write> dx: array<T>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = gid.y * (workgroups.x * 64u) + gid.x;
  let columns = p.C / WIDTH;
  let chunks = (p.HW + p.chunk - 1u) / p.chunk;
  if (i >= p.B * chunks * columns) { return; }
  let column = i % columns;
  let b = i / columns / chunks;
  let begin = (i / columns) % chunks * p.chunk;
  let end = min(begin + p.chunk, p.HW);
  let row = b * p.groups + column / (columns / p.groups);
  let moments = stats[row];
  let mean = means[row];
  let scale = gamma[column];
  let shift = beta[column];
  for (var at = begin; at < end; at++) {
    let k = (b * p.HW + at) * columns + column;
    let h = (x[k] - moments.x) * moments.y;
    var dz = dy[k];
    if (GELU) { dz *= geluGradT(h * scale + shift); }
    dx[k] = (dz * scale - mean.x - h * mean.y) * moments.y + soFar(k);
  }
}
