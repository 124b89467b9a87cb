// First step of the mean and variance of large rows: x [B, HW, C], C in `groups` groups; a row is a sample's group.
// One invocation takes `chunk` positions of WIDTH neighbouring channels and leaves (mean, M2 = sum (x - mean)^2) of them.
// It sums d = x - x0 and d^2 with x0 its first value: M2 = sum d^2 - (sum d)^2/n then loses at most a factor n of
// precision, whatever the mean. partials [B, chunks, C/WIDTH]. Moves 4 bytes and does 4 FLOPs an element.
alias T = f32;
const WIDTH = 1u;

struct Params { B: u32, HW: u32, C: u32, chunk: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec2f>;

fn total(value: T) -> f32 {
  let v = vec4f(value);
  return select(v.x, (v.x + v.y) + (v.z + v.w), WIDTH == 4u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = gid.y * (workgroups.x * 64u) + gid.x;
  let columns = p.C / WIDTH;
  let chunks = (p.HW + p.chunk - 1u) / p.chunk;
  if (i >= p.B * chunks * columns) { return; }
  let column = i % columns;
  let begin = (i / columns) % chunks * p.chunk;
  let count = min(p.chunk, p.HW - begin);
  var k = (i / columns / chunks * p.HW + begin) * columns + column;
  let first = x[k];
  var sum = T(0.0);
  var squares = T(0.0);
  for (var n = 1u; n < count; n++) {
    k += columns;
    let d = x[k] - first;
    sum += d;
    squares += d * d;
  }
  // the WIDTH lanes together
  let n = f32(count);
  let means = first + sum / n;
  let mean = total(means) / f32(WIDTH);
  let apart = means - mean;
  partials[i] = vec2f(mean, total(max(squares - sum * (sum / n), T(0.0)) + n * apart * apart));
}
