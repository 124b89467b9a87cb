// Third step: y = gamma (x - mean) rstd + beta, and with GELU y = gelu of that. x, y [B, HW, C]; gamma, beta [C];
// stats [B * groups] = (mean, rstd). Compiled after the functions of gelu/.
// One invocation takes `chunk` positions of WIDTH neighbouring channels. Moves 8 bytes and does 4 FLOPs an element (GELU: 35).
alias T = f32;
const WIDTH = 1u;
const GELU = false;

struct Params { B: u32, HW: u32, C: u32, groups: u32, chunk: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> gamma: array<T>;
@group(0) @binding(3) var<storage, read> beta: array<T>;
@group(0) @binding(4) var<storage, read> stats: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> y: array<T>;

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
  let row = stats[b * p.groups + column / (columns / p.groups)];
  let scale = gamma[column] * row.y;
  let shift = beta[column];
  for (var at = begin; at < end; at++) {
    let k = (b * p.HW + at) * columns + column;
    let z = (x[k] - row.x) * scale + shift;
    if (GELU) { y[k] = geluT(z); } else { y[k] = z; }
  }
}
