// y[o, k, c] = reduction over the rows r of chunk k of x[o, r, c]: x [outer, R, inner] of dtype T, y [outer, chunks, inner].
// V is 1 or 4 neighbouring columns (`inner` counts those). One invocation per y; neighbours read neighbouring columns.
// Rows are combined in blocks of 64, then the blocks, so a sum of n terms rounds about n/64 + 64 times instead of n.
// `prepare` and `combine` are the operation; an IDEMPOTENT one (max, min) starts from its first value, a sum from 0.
// Moves outer * R * inner elements in, outer * chunks * inner out.
alias T = f32;
alias A = f32;
alias R = f32;
alias V = T;
alias VA = A;
alias VR = R;
const IDEMPOTENT = false;

struct Params { outer: u32, rows: u32, inner: u32, chunk: u32, chunks: u32, scale: f32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> y: array<VR>;

fn prepare(x: VA) -> VA { return x; }
fn combine(a: VA, b: VA) -> VA { return a + b; }
fn finish(x: VA) -> VA { return x; }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (i >= p.outer * p.chunks * p.inner) { return; }
  let column = i % p.inner;
  let first = ((i / p.inner) % p.chunks) * p.chunk;
  let end = min(first + p.chunk, p.rows);
  let base = (i / (p.inner * p.chunks)) * p.rows * p.inner + column;
  var start = VA(0);
  if (IDEMPOTENT) { start = prepare(VA(x[base + first * p.inner])); }
  var total = start;
  for (var block = first; block < end; block += 64u) {
    var part = start;
    for (var r = block; r < min(block + 64u, end); r++) {
      part = combine(part, prepare(VA(x[base + r * p.inner])));
    }
    total = combine(total, part);
  }
  y[i] = VR(finish(total));
}
