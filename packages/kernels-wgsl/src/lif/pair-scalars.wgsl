// The scalars of a LIF pair: dtau = sum of partials.x and dvth = sum of partials.y, of the LIF along H by workgroup 0 and
// of the one along W by workgroup 1. Layout and order as in scalars.wgsl: count, stride and offset of each.
struct Params { countH: u32, countW: u32, stride: u32, offsetW: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> partialsH: array<vec2f>;
@group(0) @binding(2) var<storage, read> partialsW: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> dtauH: array<f32>;
@group(0) @binding(4) var<storage, read_write> dvthH: array<f32>;
@group(0) @binding(5) var<storage, read_write> dtauW: array<f32>;
@group(0) @binding(6) var<storage, read_write> dvthW: array<f32>;

var<workgroup> pairs: array<vec2f, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) axis: vec3u, @builtin(local_invocation_index) local: u32) {
  var sum = vec2f(0.0);
  if (axis.x == 0u) {
    for (var i = local; i < p.countH; i += 256u) { sum += partialsH[i * p.stride]; }
  } else {
    for (var i = local; i < p.countW; i += 256u) { sum += partialsW[i * p.stride + p.offsetW]; }
  }
  pairs[local] = sum;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { pairs[local] += pairs[local + half]; }
  }
  if (local > 0u) { return; }
  if (axis.x == 0u) {
    dtauH[0] = pairs[0].x;
    dvthH[0] = pairs[0].y;
  } else {
    dtauW[0] = pairs[0].x;
    dvthW[0] = pairs[0].y;
  }
}
