// Second step: merges the (mean, M2) of a row's chunks into stats [B * groups] = (mean, rstd), rstd = 1/sqrt(M2/n + eps).
// Two parts of na and nb values merge as mean = ma + d nb/n, M2 = Ma + Mb + d^2 na nb/n with d = mb - ma, n = na + nb
// (Chan, Golub and LeVeque 1979). One workgroup per row: each invocation merges every SIZE-th part, then a tree.
// Moves 8 bytes a part. partials [B, chunks, columns], a column being `width` channels.
const SIZE = 64u;

struct Params { HW: u32, columns: u32, groups: u32, chunk: u32, width: u32, rows: u32, eps: f32 }

struct Part { n: f32, mean: f32, m2: f32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> partials: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> stats: array<vec2f>;

var<workgroup> parts: array<Part, SIZE>;

fn merge(a: Part, b: Part) -> Part {
  let n = a.n + b.n;
  let share = b.n / max(n, 1.0);
  let d = b.mean - a.mean;
  return Part(n, a.mean + d * share, a.m2 + b.m2 + d * d * a.n * share);
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = wid.y * workgroups.x + wid.x;
  let chunks = (p.HW + p.chunk - 1u) / p.chunk;
  let perGroup = p.columns / p.groups;
  var part = Part(0.0, 0.0, 0.0);
  if (row < p.rows) {
    let start = row / p.groups * chunks * p.columns + row % p.groups * perGroup;
    for (var i = local; i < chunks * perGroup; i += SIZE) {
      let chunk = i / perGroup;
      let count = f32(min(p.chunk, p.HW - chunk * p.chunk) * p.width);
      let read = partials[start + chunk * p.columns + i % perGroup];
      part = merge(part, Part(count, read.x, read.y));
    }
  }
  parts[local] = part;
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { parts[local] = merge(parts[local], parts[local + half]); }
  }
  if (local == 0u && row < p.rows) {
    stats[row] = vec2f(parts[0].mean, 1.0 / sqrt(parts[0].m2 / parts[0].n + p.eps));
  }
}
