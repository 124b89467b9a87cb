// y[o, k] = reduction over chunk k of row o: x [outer, R] of dtype T, y [outer, chunks].
// V is 1 or 4 neighbouring elements (`rows` and `chunk` count those). One workgroup of 64 per y: each invocation takes
// every 64th vector, in blocks of 16, then 8 invocations combine 8 values each, then one combines those 8: two barriers.
// `prepare` and `combine` are the operation; an IDEMPOTENT one (max, min) starts from its first value, a sum from 0.
// Moves outer * R elements in, outer * chunks out.
alias T = f32;
alias A = f32;
alias R = f32;
alias V = T;
alias VA = A;
const IDEMPOTENT = false;

struct Params { outer: u32, rows: u32, chunk: u32, chunks: u32, scale: f32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> y: array<R>;

var<workgroup> partial: array<VA, 64>;

fn prepare(x: VA) -> VA { return x; }
fn combine(a: VA, b: VA) -> VA { return a + b; }
fn combine1(a: A, b: A) -> A { return a + b; }
fn finish(x: A) -> A { return x; }
fn horizontal(v: VA) -> A { return v; }

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = group.y * groups.x + group.x;
  if (i >= p.outer * p.chunks) { return; }
  let first = (i % p.chunks) * p.chunk;
  let end = min(first + p.chunk, p.rows);
  let base = (i / p.chunks) * p.rows;
  var start = VA(0);
  if (IDEMPOTENT) { start = prepare(VA(x[base + first])); }

  // each invocation
  var total = start;
  for (var block = first + lane; block < end; block += 1024u) {
    var part = start;
    for (var r = block; r < min(block + 1024u, end); r += 64u) { part = combine(part, prepare(VA(x[base + r]))); }
    total = combine(total, part);
  }
  partial[lane] = total;
  workgroupBarrier();

  // 8 of 8
  if (lane < 8u) {
    for (var k = 1u; k < 8u; k++) { total = combine(total, partial[lane + 8u * k]); }
    partial[lane] = total;
  }
  workgroupBarrier();

  // the last 8
  if (lane == 0u) {
    for (var k = 1u; k < 8u; k++) { total = combine(total, partial[k]); }
    y[i] = R(finish(horizontal(total)));
  }
}
