// dz = (a b) gelu'(z): the gradient of a GELU whose output went into a linear layer.
@group(0) @binding(3) var<storage, read> z: array<V>;
@group(0) @binding(4) var<storage, read_write> dz: array<V>;

fn finish(i: u32, column: u32, value: V) { dz[i] = value * geluGradT(z[i]); }
