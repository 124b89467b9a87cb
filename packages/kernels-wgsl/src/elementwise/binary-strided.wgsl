// c = f(a, b) with any broadcasting up to 6 axes; a, b of dtype T, c of dtype R [d0, .., d5] row-major.
// An axis that an operand repeats along has step 0. One invocation computes 4 neighbouring outputs, reads its operands
// element by element, and stores one vector (c is padded to whole vectors).
// RANK is the number of axes in use, the last ones. Moves each operand and the output once.
alias T = f32;
alias R = f32;
alias V = vec4<T>;
const RANK = 6u;

struct Params {
  count: u32,
  d0: u32, d1: u32, d2: u32, d3: u32, d4: u32, d5: u32,
  a0: u32, a1: u32, a2: u32, a3: u32, a4: u32, a5: u32,
  b0: u32, b1: u32, b2: u32, b3: u32, b4: u32, b5: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> left: array<T>;
@group(0) @binding(2) var<storage, read> right: array<T>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<R>>;

fn apply(a: V, b: V) -> vec4<R> { return a; }

var<private> rest: u32;  // what remains of the index after the axes walked so far
var<private> at: vec2u;  // offsets in a and b

// Takes an axis off the index, innermost first; the outermost one is what remains.
fn walk(outermost: bool, dim: u32, steps: vec2u) {
  var i = rest;
  if (!outermost) {
    rest /= dim;
    i -= rest * dim;
  }
  at += i * steps;
}

fn locate(i: u32) {
  rest = i;
  at = vec2u(0);
  walk(RANK == 1u, p.d5, vec2u(p.a5, p.b5));
  if (RANK > 1u) { walk(RANK == 2u, p.d4, vec2u(p.a4, p.b4)); }
  if (RANK > 2u) { walk(RANK == 3u, p.d3, vec2u(p.a3, p.b3)); }
  if (RANK > 3u) { walk(RANK == 4u, p.d2, vec2u(p.a2, p.b2)); }
  if (RANK > 4u) { walk(RANK == 5u, p.d1, vec2u(p.a1, p.b1)); }
  if (RANK > 5u) { walk(RANK == 6u, p.d0, vec2u(p.a0, p.b0)); }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (4u * i >= p.count) { return; }
  var a: V;
  var b: V;
  for (var k = 0u; k < 4u; k++) {
    locate(min(4u * i + k, p.count - 1u));
    a[k] = left[at.x];
    b[k] = right[at.y];
  }
  let inside = 4u * i + vec4u(0, 1, 2, 3) < vec4u(p.count);
  c[i] = select(vec4<R>(0), apply(a, b), inside); // zeros past the end: a slab's gaps stay clean
}
