// Backward of LIF along the middle axis of [outer, N, inner] (see forward.wgsl) from x and dy: dx, and partials of dtau, dvth.
// The group is recomputed, then walked backwards; with h = u - vth and the surrogate s = sigma'(h) (0: the authors' gradient)
//   du = dy*fired + dn*((1 - fired) - u*s);  dvth += dy*(1 - fired) + dn*u*s;  dtau += du*o;  dx = du;  dn = tau*du,
// where dn is the gradient that reaches o of the next position. SPIKE replaces fired by s and 1 - fired by -s beside dy.
// Tails: dx = dy; with SPIKE they are a shorter last group. Compiled after gradient.wgsl.
// One invocation walks `span` groups of one line, WIDTH neighbouring inner positions wide, and leaves one pair (dtau, dvth);
// TREE adds the pairs of a workgroup first. Moves 12 bytes (20 when GROUP = 0, where dx holds u in between)
// and does about 10 FLOPs an element.
alias T = f32;
const WIDTH = 1u;
const GROUP = 0u; // the group length when u fits into registers, else 0: as in Params
const SPIKE = false;
const SURROGATE = 0u; // none, arctan, sigmoid, triangle, rectangle, superspike
const ADD = false; // dx is added to what is there (GROUP > 0)
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

var<workgroup> pairs: array<vec2f, SIZE>;

fn put(k: u32, value: T) {
  if (ADD) { dx[k] += value; } else { dx[k] = value; }
}

fn walk(start: u32, stride: u32, length: u32, dtau: ptr<function, T>, dvth: ptr<function, T>) {
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
    let du = neuronGradient(dy[k], u, before, dn, vth, dtau, dvth);
    put(k, du);
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
  var dtau = T(0.0);
  var dvth = T(0.0);
  if (i < count) {
    let lane = i % stride;
    let line = i / stride / spans * p.N;
    let first = ((i / stride) % spans) * p.span;
    for (var m = first; m < min(first + p.span, groups); m++) {
      let start = (line + m * group) * stride + lane;
      let left = p.N - m * group;
      if (left >= group) {
        walk(start, stride, group, &dtau, &dvth);
      } else if (SPIKE) {
        walk(start, stride, left, &dtau, &dvth);
      } else {
        for (var j = 0u; j < left; j++) { put(start + j * stride, dy[start + j * stride]); }
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
