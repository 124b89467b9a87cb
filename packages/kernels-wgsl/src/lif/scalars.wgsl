// dtau = sum of partials.x and dvth = sum of partials.y over `count` pairs, each the `offset`-th of a row of `stride`.
// One workgroup: every invocation adds each 256th pair, then a tree adds the 256 sums: the same order every run.
// Moves 8 bytes a pair.

struct Params { count: u32, stride: u32, offset: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> partials: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> dtau: array<f32>;
@group(0) @binding(3) var<storage, read_write> dvth: array<f32>;

var<workgroup> pairs: array<vec2f, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = vec2f(0.0);
  for (var i = local; i < p.count; i += 256u) { sum += partials[i * p.stride + p.offset]; }
  pairs[local] = sum;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { pairs[local] += pairs[local + half]; }
  }
  if (local == 0u) {
    dtau[0] = pairs[0].x;
    dvth[0] = pairs[0].y;
  }
}
