// Gradients of the weights and the bias of the depthwise 3x3 convolution: dweight[i, j, c] = sum x[b, h+i-1, w+j-1, c] dy[b, h, w, c],
// dbias[c] = sum dy[b, h, w, c]. Each invocation owns WIDTH channels of a strip WIDE positions wide, of `rows` rows, of `span`
// samples, and leaves its ten sums in partials [parts, 10, C], which reduce.wgsl adds; three rows of x stay in registers.
// Moves 8 bytes and does 19 FLOPs an element.
alias T = f32;
const WIDTH = 1u;
const WIDE = 1u;
const SPAN = WIDE + 2u;

struct Params { B: u32, H: u32, W: u32, C: u32, rows: u32, span: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> dy: array<T>;
@group(0) @binding(3) var<storage, read_write> partials: array<T>;

var<private> offsets: array<u32, SPAN>; // of positions left - 1 .. left + WIDE in a row, kept inside the image
var<private> inside: array<bool, SPAN>;

fn placeStrip(left: u32, column: u32) {
  for (var j = 0u; j < SPAN; j++) {
    let w = i32(left + j) - 1;
    inside[j] = w >= 0 && w < i32(p.W);
    offsets[j] = u32(clamp(w, 0, i32(p.W) - 1)) * (p.C / WIDTH) + column;
  }
}

// The strip in row h of sample b, zero outside the image.
fn loadRow(b: u32, h: i32) -> array<T, SPAN> {
  var row: array<T, SPAN>;
  let start = (b * p.H + u32(clamp(h, 0, i32(p.H) - 1))) * p.W * (p.C / WIDTH);
  for (var j = 0u; j < SPAN; j++) {
    row[j] = select(T(0.0), x[start + offsets[j]], inside[j] && h >= 0 && h < i32(p.H));
  }
  return row;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = gid.y * (workgroups.x * 64u) + gid.x;
  let columns = p.C / WIDTH;
  let strips = (p.W + WIDE - 1u) / WIDE;
  let bands = (p.H + p.rows - 1u) / p.rows;
  let blocks = (p.B + p.span - 1u) / p.span;
  if (i >= blocks * bands * strips * columns) { return; }
  let column = i % columns;
  let left = (i / columns) % strips * WIDE;
  let top = (i / columns / strips) % bands * p.rows;
  let first = i / columns / strips / bands * p.span;
  placeStrip(left, column);
  var taps: array<T, 9>;
  var bias = T(0.0);
  for (var b = first; b < min(first + p.span, p.B); b++) {
    var above = loadRow(b, i32(top) - 1);
    var here = loadRow(b, i32(top));
    for (var h = top; h < min(top + p.rows, p.H); h++) {
      let below = loadRow(b, i32(h) + 1);
      for (var j = 0u; j < WIDE; j++) {
        let w = min(left + j, p.W - 1u);
        let g = select(T(0.0), dy[((b * p.H + h) * p.W + w) * columns + column], left + j < p.W);
        bias += g;
        for (var t = 0u; t < 3u; t++) {
          taps[t] += above[j + t] * g;
          taps[3u + t] += here[j + t] * g;
          taps[6u + t] += below[j + t] * g;
        }
      }
      above = here;
      here = below;
    }
  }
  let out = i / columns * 10u * columns + column;
  for (var t = 0u; t < 9u; t++) { partials[out + t * columns] = taps[t]; }
  partials[out + 9u * columns] = bias;
}
