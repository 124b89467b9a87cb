// Sums over positions, per channel, for the backward pass: with h = (x - mean) rstd and dz = dy (with GELU:
// dy gelu'(gamma h + beta)), sums = sum dz and sumsH = sum dz h over each chunk of positions, both [samples, chunks, C].
// x, dy [samples, N, C], where HW positions share the rows of stats [.. * groups] = (mean, rstd).
// One invocation takes `chunk` positions of WIDTH neighbouring channels. Moves 8 bytes and does 5 FLOPs an element (GELU: 50).
alias T = f32;
const WIDTH = 1u;
const GELU = false;
const ONE_ROW = false; // the positions of a sample share their rows of stats: N = HW

struct Params { samples: u32, N: u32, C: u32, groups: u32, chunk: u32, HW: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> gamma: array<T>;
@group(0) @binding(3) var<storage, read> beta: array<T>;
@group(0) @binding(4) var<storage, read> stats: array<vec2f>;
@group(0) @binding(5) var<storage, read> dy: array<T>;
@group(0) @binding(6) var<storage, read_write> sums: array<T>;
@group(0) @binding(7) var<storage, read_write> sumsH: array<T>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = gid.y * (workgroups.x * 64u) + gid.x;
  let columns = p.C / WIDTH;
  let chunks = (p.N + p.chunk - 1u) / p.chunk;
  if (i >= p.samples * chunks * columns) { return; }
  let column = i % columns;
  let group = column / (columns / p.groups);
  let sample = i / columns / chunks;
  let begin = (i / columns) % chunks * p.chunk;
  let end = min(begin + p.chunk, p.N);
  let scale = gamma[column];
  let shift = beta[column];
  var row = stats[(sample * p.N + begin) / p.HW * p.groups + group];
  var sum = T(0.0);
  var sumH = T(0.0);
  // Parts of 16 positions are added to a total, as in rows-forward.wgsl.
  for (var block = begin; block < end; block += 16u) {
    var part = T(0.0);
    var partH = T(0.0);
    for (var at = block; at < min(block + 16u, end); at++) {
      let position = sample * p.N + at;
      if (!ONE_ROW) { row = stats[position / p.HW * p.groups + group]; }
      let k = position * columns + column;
      let h = (x[k] - row.x) * row.y;
      var dz = dy[k];
      if (GELU) { dz *= geluGradT(h * scale + shift); }
      part += dz;
      partH += dz * h;
    }
    sum += part;
    sumH += partH;
  }
  sums[i] = sum;
  sumsH[i] = sumH;
}
