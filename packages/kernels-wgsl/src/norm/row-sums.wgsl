// Adds the chunks of sums.wgsl: totals = sum dz and totalsH = sum dz h of each sample, both [B, C], and from them per row
// means [B * groups] = (mean g, mean g h) with g = gamma dz, over the row's HW * C / groups elements.
// One workgroup per row; an invocation adds the chunks of WIDTH channels, a tree adds the channels.
// Moves 8 bytes a chunk and channel.
alias T = f32;
const WIDTH = 1u;
const SIZE = 64u;

struct Params { HW: u32, C: u32, groups: u32, chunks: u32, rows: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> sums: array<T>;
@group(0) @binding(2) var<storage, read> sumsH: array<T>;
@group(0) @binding(3) var<storage, read> gamma: array<T>;
@group(0) @binding(4) var<storage, read_write> totals: array<T>;
@group(0) @binding(5) var<storage, read_write> totalsH: array<T>;
@group(0) @binding(6) var<storage, read_write> means: array<vec2f>;

var<workgroup> slots: array<vec2f, SIZE>;

fn total(value: T) -> f32 {
  let v = vec4f(value);
  return select(v.x, (v.x + v.y) + (v.z + v.w), WIDTH == 4u);
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = wid.y * workgroups.x + wid.x;
  let columns = p.C / WIDTH;
  let perGroup = columns / p.groups;
  var pair = vec2f(0.0);
  if (row < p.rows) {
    let sample = row / p.groups;
    for (var c = local; c < perGroup; c += SIZE) {
      let column = row % p.groups * perGroup + c;
      var sum = T(0.0);
      var sumH = T(0.0);
      for (var chunk = 0u; chunk < p.chunks; chunk++) {
        let k = (sample * p.chunks + chunk) * columns + column;
        sum += sums[k];
        sumH += sumsH[k];
      }
      totals[sample * columns + column] = sum;
      totalsH[sample * columns + column] = sumH;
      pair += vec2f(total(sum * gamma[column]), total(sumH * gamma[column]));
    }
  }
  slots[local] = pair;
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { slots[local] += slots[local + half]; }
  }
  if (local == 0u && row < p.rows) { means[row] = slots[0] / f32(p.HW * perGroup * WIDTH); }
}
