// Depthwise 3x3 convolution, stride 1, zero padding 1: y[b, h, w, c] = bias[c] + sum_ij x[b, h+i-1, w+j-1, c] weight[i, j, c].
// x, y [B, H, W, C]; weight [3, 3, C]; bias [C]. `flip` = 1 turns the weights round, which makes it the gradient of x from dy
// (a uniform: one pipeline serves both). With `hasBias` = 0 the bias is not read, and any buffer may stand in its place.
// One invocation owns WIDTH channels of a strip WIDE positions wide and walks down `rows` rows with three rows of x in
// registers, so an output costs (WIDE + 2)/WIDE loads. Moves 8 bytes and does 18 FLOPs an element.
alias T = f32;
const WIDTH = 1u;
const WIDE = 1u;
const SPAN = WIDE + 2u;

struct Params { B: u32, H: u32, W: u32, C: u32, rows: u32, flip: u32, hasBias: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> weight: array<T>;
@group(0) @binding(3) var<storage, read> bias: array<T>;
@group(0) @binding(4) var<storage, read_write> y: array<T>;

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
  if (i >= p.B * bands * strips * columns) { return; }
  let column = i % columns;
  let left = (i / columns) % strips * WIDE;
  let band = (i / columns / strips) % bands;
  let b = i / columns / strips / bands;
  placeStrip(left, column);
  var taps: array<T, 9>;
  for (var t = 0u; t < 9u; t++) { taps[t] = weight[select(t, 8u - t, p.flip == 1u) * columns + column]; }
  var start = T(0.0);
  if (p.hasBias == 1u) { start = bias[column]; }
  let top = band * p.rows;
  var above = loadRow(b, i32(top) - 1);
  var here = loadRow(b, i32(top));
  for (var h = top; h < min(top + p.rows, p.H); h++) {
    let below = loadRow(b, i32(h) + 1);
    for (var j = 0u; j < WIDE; j++) {
      var sum = start;
      for (var t = 0u; t < 3u; t++) {
        sum += taps[t] * above[j + t];
        sum += taps[3u + t] * here[j + t];
        sum += taps[6u + t] * below[j + t];
      }
      if (left + j < p.W) { y[((b * p.H + h) * p.W + left + j) * columns + column] = sum; }
    }
    above = here;
    here = below;
  }
}
