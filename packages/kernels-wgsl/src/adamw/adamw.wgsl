// One AdamW update over a slab, as PyTorch's (Loshchilov and Hutter, arXiv 1711.05101), with s the scale that clips:
//   g = s grad;  p -= lr wd p;  m += (1 - beta1)(g - m);  v += (1 - beta2)(g^2 - v)
//   p -= lr (m / (1 - beta1^t)) / (sqrt(v) / sqrt(1 - beta2^t) + eps)
// param, m, v and grad are flat f32 slabs [count], padded to whole vectors; padding stays 0 when grad's is 0.
// What changes from step to step lies in `h` [8], so a recorded launch follows it:
//   lr, weight decay, 1 - beta1, 1 - beta2, eps, 1 - beta1^t, sqrt(1 - beta2^t), hold.
// Nothing is updated while hold is not 0, or the scale is below 0: the gradient was not finite.
// 4 elements per invocation. Moves 28 * count bytes (4 reads, 3 writes), about 14 FLOPs an element.

struct Params { vectors: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> param: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(4) var<storage, read> grad: array<vec4f>;
@group(0) @binding(5) var<storage, read> h: array<vec4f>;
@group(0) @binding(6) var<storage, read> clip: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (i >= p.vectors) { return; }
  let h0 = h[0];
  let h1 = h[1];
  if (h1.w != 0.0 || clip[0] < 0.0) { return; }
  let lr = h0.x;
  let g = grad[i] * clip[0];
  let mean = m[i] + h0.z * (g - m[i]);
  let square = v[i] + h0.w * (g * g - v[i]);
  m[i] = mean;
  v[i] = square;
  let step = (lr / h1.y) * mean / (sqrt(square) / h1.z + h1.x);
  param[i] = param[i] * (1.0 - lr * h0.y) - step;
}
