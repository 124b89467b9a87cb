// y = other + a b + bias
@group(0) @binding(3) var<storage, read> bias: array<V>;
@group(0) @binding(4) var<storage, read> other: array<V>;
@group(0) @binding(5) var<storage, read_write> y: array<V>;

fn finish(i: u32, column: u32, value: V) { y[i] = other[i] + (value + bias[column]); }
