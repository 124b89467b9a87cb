// Adds partials [parts, 10, C]: dweight [9, C] = sums 0..8, dbias [C] = sum 9. A workgroup owns 8 columns of WIDTH channels;
// SEGMENTS invocations add every SEGMENTS-th part of a column, then a tree adds those: the same order every run.
// Moves 4 bytes and does 1 FLOP a partial.
alias T = f32;
const WIDTH = 1u;
const SEGMENTS = 8u;
const SIZE = 8u * SEGMENTS;

struct Params { parts: u32, C: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> partials: array<T>;
@group(0) @binding(2) var<storage, read_write> dweight: array<T>;
@group(0) @binding(3) var<storage, read_write> dbias: array<T>;

var<workgroup> slots: array<T, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) local: u32) {
  let width = 10u * (p.C / WIDTH);
  let column = wid.x * 8u + local % 8u;
  var sum = T(0.0);
  if (column < width) {
    for (var part = local / 8u; part < p.parts; part += SEGMENTS) { sum += partials[part * width + column]; }
  }
  slots[local] = sum;
  for (var half = SIZE / 2u; half >= 8u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { slots[local] += slots[local + half]; }
  }
  if (local < 8u && column < width) {
    let weights = 9u * (p.C / WIDTH);
    if (column < weights) { dweight[column] = slots[local]; } else { dbias[column - weights] = slots[local]; }
  }
}
