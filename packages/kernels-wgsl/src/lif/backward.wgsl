// Backward of LIF along the middle axis of [outer, N, inner] (see forward.wgsl) from x and dy: dx, and partials of dtau, dvth.
// The group is recomputed, then walked backwards; with h = u - vth and the surrogate s = sigma'(h) (0: the authors' gradient)
//   du = dy*fired + dn*((1 - fired) - u*s);  dvth += dy*(1 - fired) + dn*u*s;  dtau += du*o;  dx = du;  dn = tau*du,
// where dn is the gradient that reaches o of the next position. SPIKE replaces fired by s and 1 - fired by -s beside dy.
// Tails: dx = dy; with SPIKE they are a shorter last group.
// One invocation walks `span` groups of one line, WIDTH neighbouring inner positions wide, and leaves one pair (dtau, dvth);
// TREE adds the pairs of a workgroup first. Moves 12 bytes (20 when GROUP = 0, where dx holds u in between)
// and does about 10 FLOPs an element.
alias T = f32;
const WIDTH = 1u;
const GROUP = 0u; // the group length when u fits into registers, else 0: as in Params
const SPIKE = false;
const SURROGATE = 0u; // none, arctan, sigmoid, triangle, rectangle, superspike
const TREE = false;
const SIZE = 64u;

struct Params { outer: u32, N: u32, inner: u32, group: u32, span: u32, alpha: f32 } // inner counts elements

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> tauBuffer: array<f32>;
@group(0) @binding(3) var<storage, read> vthBuffer: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<T>;
@group(0) @binding(5) var<storage, read_write> dx: array<T>;
@group(0) @binding(6) var<storage, read_write> partials: array<vec2f>;

var<private> dtau: T;
var<private> dvth: T;
var<workgroup> pairs: array<vec2f, SIZE>;

fn surrogate(h: T) -> T {
  let a = T(p.alpha);
  switch SURROGATE {
    case 1u: { let z = 1.5707963267948966 * a * h; return 0.5 * a / (1.0 + z * z); }
    case 2u: { let z = 1.0 / (1.0 + exp(-a * h)); return a * z * (1.0 - z); }
    case 3u: { return a * max(T(0.0), 1.0 - abs(a * h)); }
    case 4u: { return select(T(0.0), a, abs(h) < 0.5 / a); }
    case 5u: { let z = a * abs(h) + 1.0; return 1.0 / (z * z); }
    default: { return T(0.0); }
  }
}

fn total(value: T) -> f32 {
  let v = vec4f(value);
  return select(v.x, (v.x + v.y) + (v.z + v.w), WIDTH == 4u);
}

fn walk(start: u32, stride: u32, length: u32) {
  let tau = tauBuffer[0];
  let vth = T(vthBuffer[0]);
  var held: array<T, max(GROUP, 1u)>;
  // u of the group
  var o = T(0.0);
  var u = T(0.0);
  for (var j = 0u; j < length; j++) {
    u = tau * o + x[start + j * stride];
    o = select(u, T(0.0), u > vth);
    if (GROUP > 0u) { held[j] = u; } else { dx[start + j * stride] = u; }
  }
  // backwards
  var dn = T(0.0);
  for (var i = 0u; i < length; i++) {
    let j = length - 1u - i;
    let k = start + j * stride;
    var before = T(0.0);
    if (j > 0u) {
      if (GROUP > 0u) { before = held[j - 1u]; } else { before = dx[k - stride]; }
    }
    let g = dy[k];
    let fired = select(T(0.0), T(1.0), u > vth);
    let s = surrogate(u - vth);
    let us = u * s;
    let du = g * select(fired, s, SPIKE) + dn * (1.0 - fired - us);
    dvth += g * select(1.0 - fired, -s, SPIKE) + dn * us;
    dtau += du * select(before, T(0.0), before > vth);
    dx[k] = du;
    dn = tau * du;
    u = before;
  }
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let workgroup = wid.y * workgroups.x + wid.x;
  let i = workgroup * SIZE + local;
  let stride = p.inner / WIDTH;
  let group = select(p.group, GROUP, GROUP > 0u);
  let groups = (p.N + group - 1u) / group;
  let spans = (groups + p.span - 1u) / p.span;
  let count = p.outer * spans * stride;
  if (i < count) {
    let lane = i % stride;
    let line = i / stride / spans * p.N;
    let first = ((i / stride) % spans) * p.span;
    for (var m = first; m < min(first + p.span, groups); m++) {
      let start = (line + m * group) * stride + lane;
      let left = p.N - m * group;
      if (left >= group) {
        walk(start, stride, group);
      } else if (SPIKE) {
        walk(start, stride, left);
      } else {
        for (var j = 0u; j < left; j++) { dx[start + j * stride] = dy[start + j * stride]; }
      }
    }
  }
  let pair = vec2f(total(dtau), total(dvth));
  if (!TREE) {
    if (i < count) { partials[i] = pair; }
    return;
  }
  pairs[local] = pair;
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { pairs[local] += pairs[local + half]; }
  }
  if (local == 0u && workgroup * SIZE < count) { partials[workgroup] = pairs[0]; }
}
