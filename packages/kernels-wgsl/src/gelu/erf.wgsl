// erf(x) and GELU(x) = x/2 (1 + erf(x/sqrt 2)), four lanes at a time, with the derivative of GELU.
// Functions only: a launcher puts this text in front of a shader that calls them.
//
// |x| < 1: x p(x^2); else sign(x) (1 - exp(|x| q(|x|))), where exp(..) = erfc <= 0.16 damps its own rounding.
// Both polynomials are minimax fits (Lawson iteration, float64), evaluated by Horner in f32:
// absolute error <= 1.4e-7, relative <= 1.8e-7, over all x. About 30 FLOPs and one exp.

fn erf4(x: vec4f) -> vec4f {
  let t = x * x;
  var p = vec4f(7.853861461626366e-5);
  p = p * t - 0.0008010193705558777;
  p = p * t + 0.005188327748328447;
  p = p * t - 0.026853812858462334;
  p = p * t + 0.1128358542919159;
  p = p * t - 0.3761262595653534;
  p = p * t + 1.1283791065216064;
  let a = min(abs(x), vec4f(4.0)); // erf(4) is 1 in f32, and the fit ends there
  var q = vec4f(-1.4133680451777764e-5);
  q = q * a + 0.0003523305931594223;
  q = q * a - 0.0037646538112312555;
  q = q * a + 0.02402549609541893;
  q = q * a - 0.10654909163713455;
  q = q * a - 0.6349583268165588;
  q = q * a - 1.128697156906128;
  return select(sign(x) * (1.0 - exp(a * q)), x * p, abs(x) < vec4f(1.0));
}

fn gelu4(x: vec4f) -> vec4f {
  return 0.5 * x * (1.0 + erf4(x * 0.7071067811865476));
}

// d GELU / dx = Phi(x) + x phi(x), with the normal distribution Phi and its density phi.
fn geluGrad4(x: vec4f) -> vec4f {
  let density = 0.3989422804014327 * exp(-0.5 * x * x);
  return 0.5 * (1.0 + erf4(x * 0.7071067811865476)) + x * density;
}

fn erf1(x: f32) -> f32 { return erf4(vec4f(x)).x; }

fn gelu1(x: f32) -> f32 { return gelu4(vec4f(x)).x; }

fn geluGrad1(x: f32) -> f32 { return geluGrad4(vec4f(x)).x; }
