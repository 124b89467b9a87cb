// norm = sqrt(sum_k squares[k]); scale = min(1, maxNorm / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_.
// squares [count] are sums of squares, one a slab; result [2] = scale, norm. One invocation: count is a handful.

struct Params { count: u32, maxNorm: f32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> squares: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  for (var k = 0u; k < p.count; k++) { sum += squares[k]; }
  let norm = sqrt(sum);
  result[0] = min(1.0, p.maxNorm / (norm + 1e-6));
  result[1] = norm;
}
