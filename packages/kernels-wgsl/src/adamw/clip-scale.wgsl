// norm = sqrt(sum_k squares[k]); scale = min(1, maxNorm / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_; scale = -1 when
// the norm or a value behind the squares (the loss) is not finite, and then adamw and sgd leave everything as it is.
// values [total]: `count` sums of squares, one a slab, then values that must be finite; result [2] = scale, norm.
// Where the loss is scaled, it and so all gradients were multiplied by state[0]: scale and norm are those without it, and the
// state moves on as PyTorch's GradScaler's: halved after gradients that are not finite, doubled after 2000 updates in a row
// that are. state [2] = factor, updates since it changed: see loss-scale.wgsl.
// One invocation: total is a handful.

struct Params { count: u32, total: u32, maxNorm: f32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> values: array<u32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

// By its bits: compilers may assume that there is no NaN and no infinity.
fn isFinite(bits: u32) -> bool { return (bits & 0x7f800000u) != 0x7f800000u; }

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  for (var k = 0u; k < p.count; k++) { sum += bitcast<f32>(values[k]); }
  let unscale = unscaled();
  let norm = sqrt(sum) * unscale;
  var finite = isFinite(bitcast<u32>(norm));
  for (var k = 0u; k < p.total; k++) { finite = finite && isFinite(values[k]); }
  result[0] = select(-1.0, min(1.0, p.maxNorm / (norm + 1e-6)) * unscale, finite);
  result[1] = norm;
  learn(finite);
}
