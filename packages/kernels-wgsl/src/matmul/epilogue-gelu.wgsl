// z = a b + bias, y = gelu(z); z is kept for the backward pass.
@group(0) @binding(3) var<storage, read> bias: array<V>;
@group(0) @binding(4) var<storage, read_write> z: array<V>;
@group(0) @binding(5) var<storage, read_write> y: array<V>;

fn finish(i: u32, column: u32, value: V) {
  let before = value + bias[column];
  z[i] = before;
  y[i] = geluT(before);
}
