// y = condition ? a : b with broadcasting, 4 elements per invocation; condition u32 (0 is false), a, b, y of dtype T.
// C, A and B say how an operand is read, as in binary.wgsl: 0 at the output's index, 1 one element for all, 2 rows of
// `inner` vectors that repeat, 3 one element per `inner` vectors, 4 rows that repeat within a span of output vectors.
// Moves each operand and the output once.
alias T = f32;
alias V = vec4<T>;
const C = 0u;
const A = 0u;
const B = 0u;

struct Params { count: u32, spanC: u32, innerC: u32, spanA: u32, innerA: u32, spanB: u32, innerB: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> condition: array<vec4u>;
@group(0) @binding(2) var<storage, read> a: array<V>;
@group(0) @binding(3) var<storage, read> b: array<V>;
@group(0) @binding(4) var<storage, read_write> y: array<V>;

fn loadC(i: u32) -> vec4u {
  if (C == 1u) { return vec4u(condition[0].x); }
  if (C == 2u) { return condition[i % p.innerC]; }
  if (C == 3u) { let e = i / p.innerC; return vec4u(condition[e / 4u][e % 4u]); }
  if (C == 4u) { return condition[(i / p.spanC) * p.innerC + i % p.innerC]; }
  return condition[i];
}

fn loadA(i: u32) -> V {
  if (A == 1u) { return V(a[0].x); }
  if (A == 2u) { return a[i % p.innerA]; }
  if (A == 3u) { let e = i / p.innerA; return V(a[e / 4u][e % 4u]); }
  if (A == 4u) { return a[(i / p.spanA) * p.innerA + i % p.innerA]; }
  return a[i];
}

fn loadB(i: u32) -> V {
  if (B == 1u) { return V(b[0].x); }
  if (B == 2u) { return b[i % p.innerB]; }
  if (B == 3u) { let e = i / p.innerB; return V(b[e / 4u][e % 4u]); }
  if (B == 4u) { return b[(i / p.spanB) * p.innerB + i % p.innerB]; }
  return b[i];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (4u * i >= p.count) { return; }
  let inside = 4u * i + vec4u(0, 1, 2, 3) < vec4u(p.count);
  y[i] = select(V(0), select(loadB(i), loadA(i), loadC(i) != vec4u(0)), inside); // zeros past the end: a slab's gaps stay clean
}
