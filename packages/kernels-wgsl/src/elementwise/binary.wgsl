// c = f(a, b) with broadcasting, 4 elements per invocation; a, b of dtype T, c of dtype R, padded to whole vectors.
// A and B say how an operand is read: 0 at the output's index, 1 one element for all, 2 rows of `inner` vectors that
// repeat, 3 one element per `inner` vectors, 4 rows that repeat within a span of output vectors. `apply` is the row's expression.
// Moves each operand and the output once.
alias T = f32;
alias R = f32;
alias V = vec4<T>;
const A = 0u;
const B = 0u;

struct Params { count: u32, spanA: u32, innerA: u32, spanB: u32, innerB: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> left: array<V>;
@group(0) @binding(2) var<storage, read> right: array<V>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<R>>;

fn apply(a: V, b: V) -> vec4<R> { return a; }

fn loadA(i: u32) -> V {
  if (A == 1u) { return V(left[0].x); }
  if (A == 2u) { return left[i % p.innerA]; }
  if (A == 3u) { let e = i / p.innerA; return V(left[e / 4u][e % 4u]); }
  if (A == 4u) { return left[(i / p.spanA) * p.innerA + i % p.innerA]; }
  return left[i];
}

fn loadB(i: u32) -> V {
  if (B == 1u) { return V(right[0].x); }
  if (B == 2u) { return right[i % p.innerB]; }
  if (B == 3u) { let e = i / p.innerB; return V(right[e / 4u][e % 4u]); }
  if (B == 4u) { return right[(i / p.spanB) * p.innerB + i % p.innerB]; }
  return right[i];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (4u * i >= p.count) { return; }
  let inside = 4u * i + vec4u(0, 1, 2, 3) < vec4u(p.count);
  c[i] = select(vec4<R>(0), apply(loadA(i), loadB(i)), inside); // zeros past the end: a slab's gaps stay clean
}
