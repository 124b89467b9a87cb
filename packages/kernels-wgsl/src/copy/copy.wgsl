// y[outBase + sum_k i_k out_k] = x[inBase + sum_k i_k in_k] over every index i of a box [d0, .., d5]: permute, slice with
// steps, flip, broadcast, pad and the parts of a concat are boxes and steps. Steps and bases count T's; T is 4-byte words
// whatever their dtype, f16, or 4 neighbours of either. RANK is the number of axes in use, the last ones.
// PAD: an index with some i_k outside lo_k <= i_k < hi_k gets `fill` instead.
// One invocation per element of the box. Moves twice the box.
alias T = u32;
const RANK = 6u;
const PAD = false;

struct Params {
  count: u32, inBase: i32, outBase: i32, fill: u32,
  d0: u32, d1: u32, d2: u32, d3: u32, d4: u32, d5: u32,
  in0: i32, in1: i32, in2: i32, in3: i32, in4: i32, in5: i32,
  out0: i32, out1: i32, out2: i32, out3: i32, out4: i32, out5: i32,
  lo0: u32, lo1: u32, lo2: u32, lo3: u32, lo4: u32, lo5: u32,
  hi0: u32, hi1: u32, hi2: u32, hi3: u32, hi4: u32, hi5: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read_write> y: array<T>;

var<private> rest: u32;   // what remains of the index after the axes walked so far
var<private> at: vec2i;   // offsets in x and y
var<private> inside: bool;

// Takes an axis off the index, innermost first. The outermost one is what remains: a division costs more than the copy.
fn walk(outermost: bool, dim: u32, steps: vec2i, low: u32, high: u32) {
  var i = rest;
  if (!outermost) {
    rest /= dim;
    i -= rest * dim;
  }
  at += i32(i) * steps;
  if (PAD) { inside = inside && i >= low && i < high; }
}

fn filler(bits: u32) -> T { return T(bits); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (i >= p.count) { return; }
  rest = i;
  at = vec2i(p.inBase, p.outBase);
  inside = true;
  walk(RANK == 1u, p.d5, vec2i(p.in5, p.out5), p.lo5, p.hi5);
  if (RANK > 1u) { walk(RANK == 2u, p.d4, vec2i(p.in4, p.out4), p.lo4, p.hi4); }
  if (RANK > 2u) { walk(RANK == 3u, p.d3, vec2i(p.in3, p.out3), p.lo3, p.hi3); }
  if (RANK > 3u) { walk(RANK == 4u, p.d2, vec2i(p.in2, p.out2), p.lo2, p.hi2); }
  if (RANK > 4u) { walk(RANK == 5u, p.d1, vec2i(p.in1, p.out1), p.lo1, p.hi1); }
  if (RANK > 5u) { walk(RANK == 6u, p.d0, vec2i(p.in0, p.out0), p.lo0, p.hi0); }
  if (inside) {
    y[at.y] = x[at.x];
  } else {
    y[at.y] = filler(p.fill);
  }
}
