// One SGD update over a slab, as PyTorch's: g = s grad + wd p;  b = momentum b + g;  p -= lr b.
// param, velocity and grad are flat f32 slabs [count], padded to whole vectors. `h` [4] = lr, weight decay, momentum, unused.
// s is clip[0]; nothing is updated where it is below 0: the gradient was not finite. 4 elements per invocation. Moves 20 * count bytes, 7 FLOPs an element.

struct Params { vectors: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> param: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> velocity: array<vec4f>;
@group(0) @binding(3) var<storage, read> grad: array<vec4f>;
@group(0) @binding(4) var<storage, read> h: array<vec4f>;
@group(0) @binding(5) var<storage, read> clip: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = gid.y * (groups.x * 64u) + gid.x;
  if (i >= p.vectors || clip[0] < 0.0) { return; }
  let g = grad[i] * clip[0] + h[0].y * param[i];
  let b = h[0].z * velocity[i] + g;
  velocity[i] = b;
  param[i] -= h[0].x * b;
}
