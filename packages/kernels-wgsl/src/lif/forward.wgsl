// LIF along the middle axis of x [outer, N, inner], in groups of `group` positions that each start from rest (o = 0):
//   u = tau*o + x;  fired = u > vth;  y = fired ? u : vth;  next o = fired ? 0 : u.
// Positions past the last whole group keep y = x. SPIKE: y = fired ? 1 : 0, and the rest forms a shorter last group.
// Along H of [B, H, W, C]: outer = B, inner = W*C; along W: outer = B*H, inner = C. x, y f32; tau, vth [1].
// One invocation per group and WIDTH neighbouring inner positions. Moves 8 bytes and does 3 FLOPs an element.
alias T = f32;
const WIDTH = 1u;
const GROUP = 0u; // the group length when it is worth unrolling, else 0: as in Params
const SPIKE = false;

struct Params { outer: u32, N: u32, inner: u32, group: u32 } // inner counts elements

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> tauBuffer: array<f32>;
@group(0) @binding(3) var<storage, read> vthBuffer: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<T>;

fn lif(start: u32, stride: u32, length: u32) {
  let tau = tauBuffer[0];
  let vth = T(vthBuffer[0]);
  var o = T(0.0);
  var k = start;
  for (var j = 0u; j < length; j++) {
    let u = tau * o + x[k];
    let fired = u > vth;
    y[k] = select(select(vth, u, fired), select(T(0.0), T(1.0), fired), SPIKE);
    o = select(u, T(0.0), fired);
    k += stride;
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = gid.y * (workgroups.x * 64u) + gid.x;
  let stride = p.inner / WIDTH;
  let group = select(p.group, GROUP, GROUP > 0u);
  let groups = (p.N + group - 1u) / group;
  if (i >= p.outer * groups * stride) { return; }
  let lane = i % stride;
  let first = ((i / stride) % groups) * group;
  let start = (i / stride / groups * p.N + first) * stride + lane;
  let left = p.N - first;
  if (left >= group) {
    lif(start, stride, group);
  } else if (SPIKE) {
    lif(start, stride, left);
  } else {
    for (var j = 0u; j < left; j++) { y[start + j * stride] = x[start + j * stride]; }
  }
}
