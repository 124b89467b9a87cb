// packed = (a, b, c, d): four tensors of one element side by side, for a shader with no bindings left.
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read> d: array<f32>;
@group(0) @binding(5) var<storage, read_write> packed: array<vec4f>;

@compute @workgroup_size(1)
fn main() { packed[0] = vec4f(a[0], b[0], c[0], d[0]); }
